/** The SQL of searches: in comes a text, out go the messages of a channel that hold it. */
package dev.parley.server.store.jdbc.search;
