package dev.parley.launcher.programs;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Finds an installed program, or installs it with the package manager if that needs no confirmation. */
public final class SystemProgram {
    private static final Path APT = Path.of("/usr/bin/apt-get");
    /** Where systems have what is not on the PATH of most users. */
    private static final List<String> SYSTEM_FOLDERS = List.of("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin");

    private static final int INSTALL_MINUTES = 10;

    private SystemProgram() {}

    /** The first program with one of these names. */
    public static Optional<Path> find(List<String> names) {
        Stream<String> onPath =
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
        return Stream.concat(onPath, SYSTEM_FOLDERS.stream())
                .flatMap(folder -> names.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The program of this name, after the package of this name was installed if there was none. */
    public static Optional<Path> findOrInstall(String name) {
        Optional<Path> found = find(List.of(name));
        if (found.isPresent()) {
            return found;
        }
        install(name);
        return find(List.of(name));
    }

    /**
     * Installs a package if this runs as root on Debian, as in a build container. Otherwise, and on failure, the
     * program is missing afterwards.
     */
    public static void install(String debianPackage) {
        if (canInstall()) {
            run(APT.toString(), "update");
            run(APT.toString(), "install", "-y", "--no-install-recommends", debianPackage);
        }
    }

    /** Whether {@link #install} does more than nothing. */
    public static boolean canInstall() {
        return isRoot() && Files.isExecutable(APT);
    }

    public static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** Runs a command with the build's output. */
    private static void run(String... command) {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
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
