/** The examples of the client's README. They are compiled with the tests and use the public API only. */
package dev.parley.example;
