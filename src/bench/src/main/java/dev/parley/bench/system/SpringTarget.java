package dev.parley.bench.system;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Spring Boot with STOMP and its simple broker, of {@code peers/spring}. It is a Maven project of its own, which the
 * bench builds with the Maven that started it: Spring never gets into Parley's build.
 */
public record SpringTarget() implements Target {
    private static final String MAIN = "dev.parley.bench.peer.StompServer";

    @Override
    public String name() {
        return "spring-stomp";
    }

    @Override
    public Wire wire() {
        return new StompWire();
    }

    @Override
    public RunningTarget start(Workplace workplace) throws MissingTool {
        Path folder = workplace.folder().resolve("peers/spring");
        try {
            Command.copy(workplace.peers().resolve("spring"), folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        build(folder, workplace);
        return PeerProcess.start(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // As Parley's server has.
                        "-Xmx1g",
                        "-classpath",
                        folder.resolve("target/classes") + File.pathSeparator + folder.resolve("target/lib") + "/*",
                        MAIN),
                folder,
                workplace.folder().resolve(name() + ".log"),
                true,
                "Spring Boot " + version(folder) + ", STOMP, simple broker, on Tomcat");
    }

    /** The goals by themselves: there is nothing to test or to package. */
    private static void build(Path folder, Workplace workplace) throws MissingTool {
        List<String> command = new ArrayList<>(List.of(
                workplace.maven().resolve("bin/mvn").toString(),
                "--batch-mode",
                "--quiet",
                "dependency:copy-dependencies",
                "compiler:compile"));
        if (workplace.isOffline()) {
            command.add("--offline");
        }
        Command.run("Maven, which builds the server on Spring", folder, command);
    }

    private static String version(Path folder) {
        try (var jars = Files.list(folder.resolve("target/lib"))) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.matches("spring-boot-[0-9].*\\.jar"))
                    .map(name -> name.replaceAll("spring-boot-|\\.jar", ""))
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
