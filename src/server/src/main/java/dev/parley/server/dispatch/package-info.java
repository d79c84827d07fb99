/**
 * Step 4: what each message means. A decoded message of one session in; a call of the store or the fan-out, and an
 * answer, out. One handler for each family of messages; rights, rates and limits are checked here.
 */
package dev.parley.server.dispatch;
