/** Starts a Redis from binaries in the class path, for {@code mvn -Pcluster}. */
package dev.parley.launcher.redis;
