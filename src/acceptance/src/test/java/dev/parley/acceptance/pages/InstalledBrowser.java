package dev.parley.acceptance.pages;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Finds an installed browser, or installs one with the package manager if that needs no confirmation. */
final class InstalledBrowser {
    /** Environment variable with the path of a browser that is not on the PATH. */
    static final String VARIABLE = "CHROMIUM";

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");
    private static final Path APT = Path.of("/usr/bin/apt-get");
    private static final int INSTALL_MINUTES = 10;

    private InstalledBrowser() {}

    static Optional<Path> find() {
        var named = Stream.ofNullable(System.getenv(VARIABLE)).map(Path::of);
        var folders = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
        var onPath = folders.flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)));
        return Stream.concat(named, onPath).filter(Files::isExecutable).findFirst();
    }

    /** Installs Chromium if this runs as root on Debian, as in a build container. Otherwise, and on failure, empty. */
    static Optional<Path> install() {
        if (!isRoot() || !Files.isExecutable(APT)) {
            return Optional.empty();
        }
        run(APT.toString(), "update");
        run(APT.toString(), "install", "-y", "--no-install-recommends", "chromium");
        return find();
    }

    static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** Runs a command with the build's output. A failure is noticed because the browser is missing afterwards. */
    private static void run(String... command) {
        try {
            var process = new ProcessBuilder(command).inheritIO().start();
            if (!process.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + " did not end");
            }
        } catch (IOException e) {
            throw new IllegalStateException("Cannot run " + String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
