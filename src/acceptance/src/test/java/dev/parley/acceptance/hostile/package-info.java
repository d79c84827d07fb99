/**
 * Promise 5: a table of hostile inputs, with one class for each family. Each row has the one answer that it must get.
 * {@link dev.parley.acceptance.hostile.HostileInputsIT} runs the table against one server, while bystanders keep
 * talking.
 */
package dev.parley.acceptance.hostile;
