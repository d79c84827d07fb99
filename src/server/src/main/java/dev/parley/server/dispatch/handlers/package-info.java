/**
 * Step 4: the processing of messages, with one handler for each message family. In: a message of a session. Out: a call
 * of the store or the fan-out, and an answer. Rights and limits of messages are checked here.
 */
package dev.parley.server.dispatch.handlers;
