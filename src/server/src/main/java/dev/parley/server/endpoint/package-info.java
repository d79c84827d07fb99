/**
 * Steps 2 and 3: from Jakarta callbacks to messages, and back. In: parts of frames. Out: decoded messages for dispatch,
 * within budgets of bytes, fragments and time.
 */
package dev.parley.server.endpoint;
