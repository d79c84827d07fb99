/** The folding of names, and the characters that they may hold, by the rules of Unicode. */
package dev.parley.protocol.names;
