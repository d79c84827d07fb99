/**
 * Replacements for the server's bean {@link dev.parley.server.HostEnvironment} in a test's WAR: mutants, that is,
 * servers with a deliberate fault, which the checker must catch, and a clock that jumps. Also a resource for the HTTP
 * API. These are the only classes of the tests that know the server. They may use no other class of the tests, because
 * no other class is in that WAR.
 */
package dev.parley.acceptance.mutants;
