/** The check that a test run left no test out. */
package dev.parley.acceptance.completeness;
