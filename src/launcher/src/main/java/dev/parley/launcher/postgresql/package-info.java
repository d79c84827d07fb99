/** Starts a PostgreSQL from binaries in the class path, for {@code mvn -Prun -Dparley.database=postgresql}. */
package dev.parley.launcher.postgresql;
