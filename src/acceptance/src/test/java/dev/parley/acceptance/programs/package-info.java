/** Programs of the system that tests use: where they are, and how they get there. */
package dev.parley.acceptance.programs;
