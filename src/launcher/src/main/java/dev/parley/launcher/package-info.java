/**
 * Starts an application server with the WAR in it: for {@code mvn -Prun}, for tests and for measurements.
 *
 * <p>A {@link dev.parley.launcher.WildFly} is a configuration, a {@link dev.parley.launcher.RunningServer} is a started
 * process, and {@link dev.parley.launcher.Run} is the main class of {@code mvn -Prun}. Of Parley, it knows only the
 * names of settings and the URL of the readiness check.
 */
package dev.parley.launcher;
