/** The server that Arquillian starts once for each JVM with tests, and to which each class of tests deploys the WAR. */
package dev.parley.acceptance.arquillian;
