/** Whether a test run was complete. */
package dev.parley.acceptance.completeness;
