/**
 * Starts an application server with the WAR in it: for {@code mvn -Prun}, for tests and for measurements.
 *
 * <p>A {@link dev.parley.launcher.WildFly} says what to start, a {@link dev.parley.launcher.RunningServer} is one
 * started process, {@link dev.parley.launcher.Run} is what {@code mvn -Prun} calls. Knows nothing of Parley but the
 * names of its settings and where it answers that it is ready.
 */
package dev.parley.launcher;
