package dev.parley.acceptance.checker;

/** A position: where in which log of a channel. */
public record ChannelPosition(String epoch, long seq) {}
