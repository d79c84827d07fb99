/**
 * Step 5: the message gets its position. An {@link dev.parley.server.store.model.Append} in; after the commit its
 * position in each channel out, for the ack and for the fan-out. Also reads: pages, histories, read marks. {@code jdbc}
 * has the SQL, {@code model} the values.
 */
package dev.parley.server.store;
