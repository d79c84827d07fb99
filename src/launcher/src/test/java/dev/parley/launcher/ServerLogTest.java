package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerLogTest {
    @TempDir
    private Path folder;

    private ServerLog log;

    @BeforeEach
    void rotateOnceBefore() throws IOException {
        log = new ServerLog(folder.resolve("messages.log"));
        write("rotated before\n");
        rotate("messages_26.11.29_08.00.00.0.log");
        Files.writeString(folder.resolve("console.log"), "of the console\n");
    }

    private void write(String text) throws IOException {
        Files.writeString(log.file(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void rotate(String name) throws IOException {
        Files.move(log.file(), folder.resolve(name));
    }

    @Test
    void checkpointTellsOnlyLaterLines() throws IOException {
        ServerLog.Checkpoint first = log.checkpoint();
        assertThat(first.since()).isEmpty();
        write("one\n");
        ServerLog.Checkpoint second = log.checkpoint();
        write("two\n");
        assertThat(first.since()).isEqualTo("one\ntwo\n");
        assertThat(second.since()).isEqualTo("two\n");
    }

    @Test
    void rotationLosesNoLine() throws IOException {
        write("before\n");
        ServerLog.Checkpoint checkpoint = log.checkpoint();
        write("one\n");
        rotate("messages_26.11.29_09.00.00.0.log");
        assertThat(checkpoint.since()).as("before the new file is there").isEqualTo("one\n");
        write("two\n");
        rotate("messages_26.11.29_09.00.01.0.log");
        write("three\n");
        assertThat(checkpoint.since()).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void missingLogIsEmpty() throws IOException {
        assertThat(log.text()).isEmpty();
        ServerLog.Checkpoint checkpoint = log.checkpoint();
        write("one\n");
        assertThat(checkpoint.since()).isEqualTo("one\n");
    }
}
