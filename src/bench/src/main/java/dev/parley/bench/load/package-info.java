/**
 * The load generator: many WebSocket connections on one selector thread, messages sent at the times when they are due,
 * and a check of every message that every reader receives. It costs little, because it shares the processor with what
 * is measured: received bytes are searched, not decoded.
 */
package dev.parley.bench.load;
