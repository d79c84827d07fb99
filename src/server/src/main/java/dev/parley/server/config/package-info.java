/**
 * The settings of an operator, with unit, default and range. A leaf package: every package may use it, and it depends
 * on none.
 */
package dev.parley.server.config;
