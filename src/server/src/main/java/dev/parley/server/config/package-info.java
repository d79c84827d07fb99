/** What an operator can set, with unit, default and range. A leaf: everybody may read settings, they know nobody. */
package dev.parley.server.config;
