/** The differences between application servers that tests know of. */
package dev.parley.acceptance.servers;
