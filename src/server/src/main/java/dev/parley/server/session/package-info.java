/**
 * One live connection: its identity, its outbox, its heartbeat. A leaf: every step may use it; it knows the other
 * leaves only.
 */
package dev.parley.server.session;
