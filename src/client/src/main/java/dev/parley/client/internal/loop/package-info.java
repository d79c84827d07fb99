/**
 * The event loop of one client, its state machine and its timers. Calls of the application, messages from the server
 * and deadlines come in as tasks; messages for the outbound queue and calls for the listeners go out.
 */
package dev.parley.client.internal.loop;
