/**
 * Who is present in a room: the users and guests with sessions on this node, and those that other nodes report. In come
 * sessions that enter and leave, and reports; out go changes, for the readers of the room and for the other nodes.
 */
package dev.parley.server.fanout.presence;
