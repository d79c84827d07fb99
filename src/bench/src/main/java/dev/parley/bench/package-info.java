/** Measurements: a load that is bounded in count and time, from a process of its own, on a real server. */
package dev.parley.bench;
