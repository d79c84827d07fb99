/**
 * Step 6: what happens on one node reaches the others. In come stored messages, changes of rights and epochs, and what
 * is not stored, such as typing notices; out they go to this node's fan-out at once, and to the other nodes. The store
 * is the truth: a lost message of the backplane is only a delay.
 */
package dev.parley.server.backplane;
