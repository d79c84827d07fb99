/**
 * The proof of "nothing lost, nothing doubled, nothing reordered": takes what clients saw on the wire, a
 * {@link dev.parley.acceptance.checker.Recorder}'s history, and gives every promise that it breaks, as
 * {@link dev.parley.acceptance.checker.Violation}s. Knows the wire contract and nothing else: no class of Parley is
 * imported here.
 *
 * <p>A channel has the name {@code room:NAME}, {@code inbox:USER} or {@code broadcast}: on the wire an inbox needs no
 * user.
 */
package dev.parley.acceptance.checker;
