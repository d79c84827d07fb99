/** What goes into the store and comes out of it: values without behaviour of their own, and the store's exceptions. */
package dev.parley.server.store.model;
