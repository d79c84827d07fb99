/**
 * What the client reads. Decoded server messages come in; each message goes out once and in order, in a call of its
 * listener. Knows positions, duplicates and gaps.
 */
package dev.parley.client.internal.inbound;
