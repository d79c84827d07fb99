/**
 * The checker of "nothing lost, nothing duplicated, nothing reordered". The history of a
 * {@link dev.parley.acceptance.checker.Recorder}, observed by clients on the wire, comes in;
 * {@link dev.parley.acceptance.checker.Violation}s go out. Knows the wire protocol only: no class of Parley is imported
 * here.
 *
 * <p>Channels are named {@code room:NAME}, {@code inbox:USER} or {@code broadcast}. On the wire the name of an inbox
 * has no user.
 */
package dev.parley.acceptance.checker;
