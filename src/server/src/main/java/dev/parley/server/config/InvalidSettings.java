package dev.parley.server.config;

import java.util.List;

/** Parley cannot start with these settings; the text names every wrong one with its value and what it may be. */
public final class InvalidSettings extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidSettings(List<String> problems) {
        super("Parley cannot start. " + String.join(" ", problems));
    }
}
