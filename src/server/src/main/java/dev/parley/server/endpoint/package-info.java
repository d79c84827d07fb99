/**
 * Step 2: Jakarta callbacks to messages, and back. Parts of frames in; under the budgets of bytes, fragments and time,
 * decoded messages for dispatch out.
 */
package dev.parley.server.endpoint;
