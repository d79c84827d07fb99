package dev.parley.bench.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The file of all records, one JSON object a line. It is only added to, and so is the memory of several runs. */
public final class RecordFile {
    private final Path file;

    public RecordFile(Path file) {
        this.file = file;
    }

    /** Adds a record, and prints it for people. */
    public void add(BenchRecord found) {
        System.out.println(found.line());
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, found.json() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All records, the oldest first; none if there is no file. */
    public List<BenchRecord> read() {
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file).stream().map(BenchRecord::of).toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Forgets all records. */
    public void clear() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
