/**
 * The systems under test: how each is started on a free port of the loopback address, and what a client says to it.
 * Those that are not Parley come from their registries at a fixed version; a missing tool is named and the system is
 * left out.
 */
package dev.parley.bench.system;
