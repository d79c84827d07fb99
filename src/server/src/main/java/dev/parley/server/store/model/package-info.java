/** The values that go into the store and come out of it, and the store's exceptions. */
package dev.parley.server.store.model;
