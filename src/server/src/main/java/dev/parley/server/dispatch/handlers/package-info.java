/**
 * Step 3: what each message means, one handler for each message family. A message of a signed-in session in; a call of
 * the store or the fan-out, and an answer, out. Rights and limits of a message are checked here.
 */
package dev.parley.server.dispatch.handlers;
