/**
 * One live connection: who it is, what waits for it, whether it is alive. A leaf: everybody may use it, it knows only
 * the protocol and the settings.
 */
package dev.parley.server.session;
