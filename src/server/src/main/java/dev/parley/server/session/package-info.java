/**
 * One live connection: its identity, its outbox, its heartbeat. A leaf package: every step may use it, and it depends
 * on the other leaf packages only.
 */
package dev.parley.server.session;
