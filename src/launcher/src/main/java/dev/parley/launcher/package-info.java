/**
 * Starts an application server with the WAR in it: for {@code mvn -Prun}, for tests and for measurements.
 *
 * <p>An {@link dev.parley.launcher.ApplicationServer} knows how one kind of server starts, a
 * {@link dev.parley.launcher.ServerConfiguration} is what to start, and a {@link dev.parley.launcher.RunningServer} is
 * a started process. Of Parley, it knows only the names of settings and the URL of the readiness check.
 */
package dev.parley.launcher;
