/** The wire protocol and the HTTP API on a real server, with clients that share no code with Parley. */
package dev.parley.acceptance.wire;
