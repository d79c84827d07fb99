/**
 * Who pays for the work of a client: its own key, and the address that a guest shares with others. {@code dispatch}
 * knows this package, never the other way round.
 */
package dev.parley.server.dispatch.budget;
