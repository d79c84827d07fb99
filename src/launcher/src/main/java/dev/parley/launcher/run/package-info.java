/**
 * The command {@code mvn -Prun}: it takes the given settings, keeps data and secrets in a folder of its own, and starts
 * a server with a token for trying it out. {@link dev.parley.launcher.run.Run} is the main class.
 */
package dev.parley.launcher.run;
