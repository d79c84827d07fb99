/**
 * The hub, put together: reads the settings, makes the parts, starts and stops them. Knows every package below; none of
 * them knows it.
 */
package dev.parley.server;
