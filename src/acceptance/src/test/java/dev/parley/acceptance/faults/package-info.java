/**
 * Promises 1 to 4 under faults: servers killed, databases dead or full, bad networks, slow readers. A
 * {@link dev.parley.acceptance.faults.WireSwarm} talks meanwhile, and the checker reads what its clients saw.
 * {@code -Pfaults} runs the long form.
 */
package dev.parley.acceptance.faults;
