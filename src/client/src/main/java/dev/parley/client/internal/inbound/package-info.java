/**
 * Reading of channels. Decoded server messages come in; each message goes out once and in order, as a call to its
 * listener. Knows positions, duplicates and gaps.
 */
package dev.parley.client.internal.inbound;
