/**
 * Load balancers of one address in front of several nodes, for {@code mvn -Pcluster}: HAProxy where it is installed,
 * else one of our own.
 */
package dev.parley.launcher.balancer;
