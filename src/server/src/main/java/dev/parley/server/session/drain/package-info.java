/**
 * Sessions that leave this node although nothing is wrong with them: all of them before it stops, some while it has
 * many more than the other nodes. In come the wish to drain and the numbers of sessions of all nodes; out go goodbyes,
 * at a rate at which other nodes take the clients in.
 */
package dev.parley.server.session.drain;
