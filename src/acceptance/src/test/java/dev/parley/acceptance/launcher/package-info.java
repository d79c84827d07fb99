/** How a newcomer starts Parley: the run command, and the server that it and these tests start. */
package dev.parley.acceptance.launcher;
