package dev.parley.launcher.programs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds an installed browser, or installs one with the package manager if that needs no confirmation. */
public final class InstalledBrowser {
    /** Environment variable with the path of a browser that is not on the PATH. */
    public static final String VARIABLE = "CHROMIUM";

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

    private InstalledBrowser() {}

    public static Optional<Path> find() {
        return Stream.ofNullable(System.getenv(VARIABLE))
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .or(() -> SystemProgram.find(NAMES));
    }

    /** Installs Chromium if this runs as root on Debian, as in a build container. Otherwise, and on failure, empty. */
    public static Optional<Path> install() {
        SystemProgram.install("chromium");
        return find();
    }
}
