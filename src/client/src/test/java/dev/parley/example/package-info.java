/** Examples of the client's README; compiled with the tests, and against the public API alone. */
package dev.parley.example;
