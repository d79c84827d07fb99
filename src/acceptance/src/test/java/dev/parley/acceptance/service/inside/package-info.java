/**
 * A service inside a Jakarta EE server that uses the Java client. It knows no test class, because the tests deploy it
 * in its own WAR.
 */
package dev.parley.acceptance.service.inside;
