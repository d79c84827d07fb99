/** The rows of the table of hostile inputs, one class a family. */
package dev.parley.acceptance.hostile.rows;
