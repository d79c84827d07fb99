/**
 * The wire contract and the HTTP API from outside, on a real server, with clients that know nothing of Parley's code.
 */
package dev.parley.acceptance.wire;
