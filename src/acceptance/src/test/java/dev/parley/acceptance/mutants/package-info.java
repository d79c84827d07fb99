/**
 * What is put in the place of the hub's bean {@link dev.parley.server.HostEnvironment} in a test's WAR: hubs that are
 * broken on purpose, which the checker must catch, and a clock that jumps. The only classes here that know the server;
 * nothing else of the tests may be used by them, because nothing else is in that WAR.
 */
package dev.parley.acceptance.mutants;
