package dev.parley.launcher;

import java.util.List;
import java.util.Map;

/**
 * The command that starts a server's process.
 *
 * @param words the program and its arguments; without secrets, because every user of the machine can read them
 * @param environment variables to add to those of this process
 */
record StartCommand(List<String> words, Map<String, String> environment) {
    StartCommand {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
    }
}
