/** The rows of the table of hostile inputs, one class for each family. */
package dev.parley.acceptance.hostile.rows;
