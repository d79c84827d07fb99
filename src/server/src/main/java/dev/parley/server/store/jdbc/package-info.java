/**
 * All SQL, and the transactions that it runs in. Every method of a {@code ...Tables} class works inside the caller's
 * transaction and blocks; {@code Database} has the threads for that. Supports H2 and PostgreSQL.
 */
package dev.parley.server.store.jdbc;
