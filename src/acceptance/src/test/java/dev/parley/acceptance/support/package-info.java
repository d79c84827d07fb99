/** What several folders of tests need: servers, sockets, tokens, and a network that can be broken. */
package dev.parley.acceptance.support;
