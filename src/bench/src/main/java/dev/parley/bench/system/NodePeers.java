package dev.parley.bench.system;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers of {@code peers/node} with their packages, which {@code npm} installs as it is configured on this
 * machine.
 *
 * <p>Node.js comes from the driver of Playwright, which has a recent one; {@code -Dbench.node=PATH} chooses another
 * one.
 */
final class NodePeers {
    private static final String IN_DRIVER = "driver/%s/node";

    private final Path folder;
    private final Path log;
    private final String node;

    private NodePeers(Path folder, Path log, String node) {
        this.folder = folder;
        this.log = log;
        this.node = node;
    }

    static NodePeers install(Workplace workplace) throws MissingTool {
        Path folder = workplace.folder().resolve("peers/node");
        try {
            Command.copy(workplace.peers().resolve("node"), folder);
            String node = node(workplace.folder());
            Path installed = folder.resolve("node_modules/installed");
            String wanted = Files.readString(folder.resolve("package.json"));
            if (!Files.exists(installed) || !Files.readString(installed).equals(wanted)) {
                npm(folder, workplace.isOffline());
                Files.writeString(installed, wanted);
            }
            return new NodePeers(folder, workplace.folder(), node);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** No lock file, because that would hold the address of a registry; the versions are exact in package.json. */
    private static void npm(Path folder, boolean isOffline) throws MissingTool {
        List<String> command = new ArrayList<>(
                List.of("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"));
        command.add(isOffline ? "--offline" : "--prefer-offline");
        Command.run("npm, which installs the packages of Node.js", folder, command);
    }

    private static String node(Path folder) throws IOException {
        String chosen = System.getProperty("bench.node", "");
        if (!chosen.isBlank()) {
            return chosen;
        }
        String platform = System.getProperty("os.arch").equals("aarch64") ? "linux-arm64" : "linux";
        try (InputStream driver = NodePeers.class.getClassLoader().getResourceAsStream(IN_DRIVER.formatted(platform))) {
            if (driver == null) {
                return "node";
            }
            Path file = folder.resolve("peers/node.bin");
            if (!Files.exists(file)) {
                Files.copy(driver, file);
            }
            if (!file.toFile().setExecutable(true)) {
                throw new IOException("Cannot make " + file + " executable.");
            }
            return file.toAbsolutePath().toString();
        }
    }

    RunningTarget start(NodeTarget target) throws MissingTool {
        String version = Command.run("Node.js", folder, List.of(node, "--version"));
        List<String> command = new ArrayList<>(List.of(node, target.script()));
        command.addAll(target.arguments());
        return PeerProcess.start(
                command,
                folder,
                log.resolve(target.name() + ".log"),
                false,
                target.packageName() + " " + version(target.packageName()) + " on Node.js " + version);
    }

    private String version(String packageName) {
        try (InputStream file = Files.newInputStream(
                        folder.resolve("node_modules").resolve(packageName).resolve("package.json"));
                JsonReader reader = Json.createReader(file)) {
            return reader.readObject().getString("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
