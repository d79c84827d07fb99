/**
 * What the servers' WebSocket containers do in ways of their own, and how Parley meets it. By reflection and by
 * wrappers of what they hand out: the application links no class of a server's.
 */
package dev.parley.server.container;
