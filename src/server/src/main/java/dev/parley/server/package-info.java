/**
 * The composition of the hub: reads the settings, creates the parts, starts and stops them. Depends on every package
 * below; none of them depends on it.
 */
package dev.parley.server;
