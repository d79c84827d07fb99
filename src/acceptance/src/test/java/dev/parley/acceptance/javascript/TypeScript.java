package dev.parley.acceptance.javascript;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/** TypeScript's compiler, from a WebJar. */
final class TypeScript {
    private static final String VERSION_FILE = "/META-INF/maven/org.webjars.npm/typescript/pom.properties";
    private static final String COMPILER = "typescript.js";
    /** Declarations of what browsers and the language have. */
    private static final String DECLARATIONS = "lib.";

    private TypeScript() {}

    /** Writes the compiler, and what it reads itself, into {@code lib} in this folder. */
    static void unpack(Path folder) throws IOException, URISyntaxException {
        Properties properties = new Properties();
        try (InputStream in = TypeScript.class.getResourceAsStream(VERSION_FILE)) {
            properties.load(in);
        }
        URI jar = TypeScript.class.getResource(VERSION_FILE).toURI();
        Path lib = Files.createDirectories(folder.resolve("lib"));
        try (FileSystem files = FileSystems.newFileSystem(jar, Map.of());
                Stream<Path> packed = Files.list(files.getPath(
                        "META-INF/resources/webjars/typescript", properties.getProperty("version"), "lib"))) {
            List<Path> needed = packed.filter(TypeScript::isNeeded).toList();
            for (Path file : needed) {
                Files.copy(file, lib.resolve(file.getFileName().toString()));
            }
        }
    }

    private static boolean isNeeded(Path file) {
        String name = file.getFileName().toString();
        return name.equals(COMPILER) || name.startsWith(DECLARATIONS);
    }
}
