/**
 * Promises 1 to 4 under faults: killed servers, dead or full databases, bad networks, slow readers. A
 * {@link dev.parley.acceptance.faults.WireSwarm} generates load meanwhile, and the checker verifies the recorded
 * history. {@code -Pfaults} runs the long form.
 */
package dev.parley.acceptance.faults;
