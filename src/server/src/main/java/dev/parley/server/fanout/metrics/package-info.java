/** Latest values of metrics, of this node and of others, and who subscribes to them. */
package dev.parley.server.fanout.metrics;
