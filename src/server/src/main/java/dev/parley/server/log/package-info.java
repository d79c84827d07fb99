/** What is logged on behalf of peers, bounded. A leaf: everybody may use it, it knows nobody. */
package dev.parley.server.log;
