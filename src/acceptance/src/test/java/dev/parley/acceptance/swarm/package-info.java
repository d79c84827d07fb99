/** Shared code of the wire and the Java swarm: random messages from a seed, the recorded history, and its check. */
package dev.parley.acceptance.swarm;
