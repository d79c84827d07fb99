/**
 * The tests in {@code src/test/js}, run by the Node inside Playwright's driver, and the WebSocket server that they use.
 */
package dev.parley.acceptance.javascript;
