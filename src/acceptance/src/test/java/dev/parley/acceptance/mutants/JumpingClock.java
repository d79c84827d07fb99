package dev.parley.acceptance.mutants;

import dev.parley.server.HostEnvironment;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Shifts the server's wall clock by the ISO 8601 duration in a file. */
@Alternative
@Priority(1)
@ApplicationScoped
public class JumpingClock extends HostEnvironment {
    /** System property with the path of the file. */
    public static final String FILE = "wrong.clock.file";

    @Override
    public InstantSource clock() {
        Path file = Path.of(System.getProperty(FILE));
        return () -> Instant.now().plus(wrongBy(file));
    }

    private static Duration wrongBy(Path file) {
        try {
            return Duration.parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
