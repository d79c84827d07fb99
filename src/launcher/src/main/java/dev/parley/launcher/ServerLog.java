package dev.parley.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The log of a server that says in it what it has deployed. Any thread may call any method. */
record ServerLog(Path file) {
    /** A position in the log: the rotated files so far, and the length of the file in use. */
    record Checkpoint(ServerLog log, List<Path> rotated, int length) {
        /** The text logged since the checkpoint, including rotated files. */
        String since() {
            List<Path> now = log.rotated();
            String text = Stream.concat(now.stream().filter(file -> !rotated.contains(file)), Stream.of(log.file))
                    .map(ServerLog::textOf)
                    .collect(Collectors.joining());
            if (!log.rotated().equals(now)) {
                // A file that was rotated meanwhile is missing in the text, or is in it twice.
                return since();
            }
            // Shorter where the server has deleted a rotated file.
            return text.substring(Math.min(length, text.length()));
        }
    }

    /** The content of the current log file; empty if there is none yet. */
    String text() {
        return textOf(file);
    }

    Checkpoint checkpoint() {
        List<Path> rotated = rotated();
        int length = text().length();
        return rotated().equals(rotated) ? new Checkpoint(this, rotated, length) : checkpoint();
    }

    /** Renames the log of an earlier start. */
    void putAside() throws IOException {
        if (Files.exists(file)) {
            Files.move(file, file.resolveSibling("previous.log"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The rotated files, the oldest first: messages.log is renamed to messages_TIME.log when it is full. */
    private List<Path> rotated() {
        String prefix = file.getFileName().toString().replaceFirst("\\.log$", "_");
        try (var files = Files.list(file.getParent())) {
            return files.filter(other -> other.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list the logs in " + file.getParent(), e);
        }
    }

    private static String textOf(Path file) {
        try {
            // One character for each byte: a line in the middle of being written is no error.
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }
}
