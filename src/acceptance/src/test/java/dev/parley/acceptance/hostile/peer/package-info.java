/** The hostile peer, the attacked node, and a row of the table: one input, and the one answer that it must get. */
package dev.parley.acceptance.hostile.peer;
