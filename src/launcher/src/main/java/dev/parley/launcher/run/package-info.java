/**
 * The commands {@code mvn -Prun} and {@code mvn -Pcluster}: they take the given settings, keep data and secrets in a
 * folder of their own, and start a server, or two behind a load balancer, with a token for trying it out.
 * {@link dev.parley.launcher.run.Run} and {@link dev.parley.launcher.run.RunCluster} are the main classes.
 */
package dev.parley.launcher.run;
