/** The Java client, from outside: the one place where tests of the real server use Parley's own code. */
package dev.parley.acceptance.service;
