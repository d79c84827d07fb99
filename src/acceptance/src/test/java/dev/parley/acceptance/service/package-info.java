/** The Java client against a real server. The only acceptance tests that use Parley's own client and protocol. */
package dev.parley.acceptance.service;
