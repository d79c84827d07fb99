/**
 * Promise 5 from outside: a table of hostile inputs, one family a class, each row with the one answer that it must get.
 * {@link dev.parley.acceptance.hostile.HostileInputsIT} runs it against one server, beside people who go on talking.
 */
package dev.parley.acceptance.hostile;
