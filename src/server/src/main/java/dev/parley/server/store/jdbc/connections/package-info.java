/** The connections of the container's DataSource. */
package dev.parley.server.store.jdbc.connections;
