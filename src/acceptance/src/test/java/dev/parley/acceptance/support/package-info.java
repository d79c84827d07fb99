/** Shared test support: servers, clients, sockets, tokens, and a relay that injects network faults. */
package dev.parley.acceptance.support;
