/** A relay between clients and a server that injects the faults of a network. */
package dev.parley.acceptance.network;
