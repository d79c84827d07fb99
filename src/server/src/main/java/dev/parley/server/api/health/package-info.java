/** {@code /health}: whether the node is alive, and whether it is ready for requests. */
package dev.parley.server.api.health;
