/** The client as an application meets it: by its public API, with real threads, against a server of the test. */
package dev.parley.application;
