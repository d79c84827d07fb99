/** What the two kinds of recording clients share: random talk from a seed, a recorded history, and its check. */
package dev.parley.acceptance.swarm;
