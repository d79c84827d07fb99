/** Bounded logging of errors that peers cause. A leaf package: every package may use it, and it depends on none. */
package dev.parley.server.log;
