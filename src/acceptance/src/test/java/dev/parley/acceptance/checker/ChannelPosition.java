package dev.parley.acceptance.checker;

/** A position in a channel: a seq within an epoch. */
public record ChannelPosition(String epoch, long seq) {}
