/**
 * How a newcomer starts Parley: the run commands, the server that they and these tests start, and the proxies that may
 * be in front of it.
 */
package dev.parley.acceptance.launcher;
