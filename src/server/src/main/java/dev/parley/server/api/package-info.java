/** The HTTP face: what operators and services ask without a WebSocket. Calls what it needs; nobody calls it. */
package dev.parley.server.api;
