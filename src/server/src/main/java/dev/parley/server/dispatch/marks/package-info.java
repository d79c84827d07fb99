/**
 * Read marks on their way to the store. In: every {@code read} of a user. Out: at most ten writes a second for each
 * user, and an answer to each {@code read} after the commit that covers it.
 */
package dev.parley.server.dispatch.marks;
