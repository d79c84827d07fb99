package dev.parley.acceptance.checker;

/** A position: where in which log of a channel. */
public record Place(String epoch, long seq) {}
