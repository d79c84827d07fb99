/**
 * A service inside a Jakarta EE server that uses the Java client; knows nothing of the tests, which lay it into a WAR
 * of its own.
 */
package dev.parley.acceptance.service.inside;
