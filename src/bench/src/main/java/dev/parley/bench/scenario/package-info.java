/** The measurements. Each starts what it measures, loads it, and records what it found. */
package dev.parley.bench.scenario;
