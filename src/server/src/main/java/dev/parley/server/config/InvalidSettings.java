package dev.parley.server.config;

import java.util.List;

/**
 * Parley cannot start with these settings. The text names every invalid setting with its value and the allowed values.
 */
public final class InvalidSettings extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidSettings(List<String> problems) {
        super("Parley cannot start. " + String.join(" ", problems));
    }
}
