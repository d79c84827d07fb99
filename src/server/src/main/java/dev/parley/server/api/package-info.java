/**
 * The HTTP API, for operators and services that use no WebSocket. It may use every package it needs; no package uses
 * it.
 */
package dev.parley.server.api;
