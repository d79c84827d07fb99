package dev.parley.launcher;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * GlassFish 7. Its configuration are commands to a running server. So a server runs once for each set of command files,
 * and the folder that it leaves, a domain, is the pattern of all servers with these files.
 *
 * @param home the folder with the unpacked distribution glassfish7, h2.jar and the prepared domains
 * @param configuration the folder server-config/glassfish
 */
public record GlassFish(Path home, Path configuration) implements ApplicationServer {
    private static final String HTTP = "/network-config/network-listeners/network-listener[@name='http-listener-1']";
    private static final String HTTPS = "/network-config/network-listeners/network-listener[@name='http-listener-2']";
    private static final String ADMIN = "/network-config/network-listeners/network-listener[@name='admin-listener']";
    /** As in tls.asadmin. */
    private static final String KEY_ALIAS = "parley";

    /** For all commands of a file. */
    private static final Duration COMMANDS_DEADLINE = Duration.ofMinutes(5);

    private static final Duration END_DEADLINE = Duration.ofSeconds(60);

    public GlassFish {
        home = ServerConfiguration.absolute(home);
        configuration = ServerConfiguration.absolute(configuration);
    }

    @Override
    public String name() {
        return "glassfish";
    }

    @Override
    public StartCommand prepare(ServerConfiguration start) throws IOException {
        FileTree.delete(folder(start));
        var domain = GlassFishDomain.copy(prepared(commandFiles(start)), folder(start));
        domain.add(start.postgresDriver().orElse(home.resolve("h2.jar")));
        domain.set(HTTP, "enabled", "true");
        if (start.httpsPort().isPresent()) {
            domain.set(HTTPS, "enabled", "true");
        } else {
            // The host of the applications would miss a listener that is off.
            domain.set("/http-service/virtual-server[@id='server']", "network-listeners", "http-listener-1");
        }
        var properties = new HashMap<>(start.settings());
        properties.put("listener.address", start.address());
        properties.put(ServerConfiguration.HTTP_PORT, String.valueOf(start.port()));
        start.httpsPort().ifPresent(port -> properties.put(ServerConfiguration.HTTPS_PORT, String.valueOf(port)));
        domain.setProperties(properties);
        if (start.hasKeyStore()) {
            domain.importKey(
                    Path.of(start.settings().get(ServerConfiguration.KEY_STORE)),
                    start.keyStorePassword().toCharArray(),
                    KEY_ALIAS);
        }
        logTo(Files.createDirectories(start.base().resolve("log")).resolve("server.log"), folder(start));
        return new StartCommand(command(domain, folder(start), start.jvmOptions()), Map.of());
    }

    /** The commands that are applied to the server's domain, in this order. */
    private List<Path> commandFiles(ServerConfiguration start) {
        return Stream.of(
                        Optional.of("parley.asadmin"),
                        start.postgresDriver().map(driver -> "postgresql.asadmin"),
                        Optional.of("tls.asadmin").filter(tls -> start.hasKeyStore()))
                .flatMap(Optional::stream)
                .map(configuration::resolve)
                .toList();
    }

    /** Saves the domain with an admin port of its own, and returns the command that starts its server. */
    private List<String> command(GlassFishDomain domain, Path folder, List<String> jvmOptions) throws IOException {
        int adminPort = LoopbackPort.free();
        domain.set(ADMIN, "port", String.valueOf(adminPort));
        domain.set(ADMIN, "address", "127.0.0.1");
        domain.shutOutAdministrators();
        domain.save();
        Files.writeString(adminPort(folder), String.valueOf(adminPort));
        return domain.command(installation(), jvmOptions);
    }

    /** The domain that these commands lead to. Two programs may prepare it at the same time; one is taken. */
    private Path prepared(List<Path> commandFiles) throws IOException {
        var domain = home.resolve("domains").resolve(hash(commandFiles));
        if (Files.notExists(domain)) {
            var work = Files.createTempDirectory(Files.createDirectories(home.resolve("domains")), "in-work");
            try {
                var inWork = work.resolve("domain");
                prepare(inWork, commandFiles);
                Files.move(inWork, domain, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                // Another one was faster. Linux says "Directory not empty", which has no exception of its own here.
                if (Files.notExists(domain)) {
                    throw e;
                }
            } finally {
                FileTree.delete(work);
            }
        }
        return domain;
    }

    /** The same commands leave the same domain, and changed ones another. */
    private static String hash(List<Path> commandFiles) throws IOException {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            for (var file : commandFiles) {
                sha.update(Files.readAllBytes(file));
            }
            return "%064x".formatted(new BigInteger(1, sha.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void prepare(Path folder, List<Path> commandFiles) throws IOException {
        var domain = GlassFishDomain.copy(installation().resolve("domains/domain1"), folder);
        // No other port than the administrator's, which all these have on all addresses.
        domain.set(HTTP, "enabled", "false");
        domain.set(HTTPS, "enabled", "false");
        domain.set("/admin-service/jmx-connector", "enabled", "false");
        domain.set("/iiop-service/iiop-listener", "enabled", "false");
        domain.set("/jms-service", "type", "REMOTE");
        var log = folder.resolveSibling("log");
        var server =
                RunningServer.startChild(new ProcessBuilder(command(domain, folder, List.of("-XX:TieredStopAtLevel=1")))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile()));
        try {
            var admin = admin(folder);
            Waiting.until("GlassFish takes the commands of " + commandFiles, () -> isReady(admin, server, log));
            for (var file : commandFiles) {
                run(file, admin, folder);
            }
        } finally {
            end(server);
        }
        for (var trace : List.of("logs", "osgi-cache", "generated", "applications", "session-store")) {
            FileTree.delete(folder.resolve(trace));
        }
    }

    private static boolean isReady(GlassFishAdmin admin, Process server, Path log) {
        if (!server.isAlive()) {
            throw new StartFailed("GlassFish could not be prepared:\n" + RunningServer.text(log));
        }
        return admin.isReady();
    }

    /** Runs the commands of a file as an operator does. */
    private void run(Path commandFile, GlassFishAdmin admin, Path folder) throws IOException {
        var password = PrivateFile.create(folder.resolveSibling("password-" + commandFile.getFileName()));
        Files.writeString(password, "AS_ADMIN_PASSWORD=" + admin.password().orElseThrow() + "\n");
        var log = folder.resolveSibling("output-" + commandFile.getFileName());
        var asadmin = RunningServer.startChild(new ProcessBuilder(
                        ServerConfiguration.java(),
                        "-jar",
                        installation().resolve("lib/client/appserver-cli.jar").toString(),
                        "--port",
                        String.valueOf(admin.port()),
                        "--user",
                        "",
                        "--passwordfile",
                        password.toString(),
                        "multimode",
                        "--file",
                        commandFile.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile()));
        boolean hasEnded = hasEnded(asadmin, COMMANDS_DEADLINE);
        var output = RunningServer.text(log);
        if (!hasEnded) {
            throw new StartFailed("GlassFish did not finish the commands of " + commandFile + " within "
                    + COMMANDS_DEADLINE.toSeconds() + " s. Try again when the machine is less busy; if that does not"
                    + " help, run them one by one with bin/asadmin to find the one that hangs. Until then they said:\n"
                    + output);
        }
        // A command that fails does not end the others, nor does it show in the exit status.
        if (!output.contains("Command multimode executed successfully.")
                || output.lines().anyMatch(line -> line.matches("Command \\S+ failed\\."))) {
            throw new StartFailed("GlassFish could not run the commands of " + commandFile + ":\n" + output);
        }
    }

    private static void end(Process server) throws IOException {
        server.destroy();
        if (!hasEnded(server, END_DEADLINE)) {
            throw new IOException("GlassFish did not end within " + END_DEADLINE.toSeconds() + " s");
        }
    }

    /** Waits for the end of a process. Kills it at the deadline, and returns false. */
    private static boolean hasEnded(Process process, Duration deadline) throws IOException {
        try {
            return process.waitFor(deadline.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while GlassFish was prepared", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Keeps the log of earlier starts, and prints lines of a log and not GlassFish's records. The last value wins. */
    private static void logTo(Path file, Path folder) throws IOException {
        Files.writeString(folder.resolve("config/logging.properties"), """

                org.glassfish.main.jul.handler.GlassFishLogHandler.file=%s
                org.glassfish.main.jul.handler.SimpleLogHandler.formatter=\
                org.glassfish.main.jul.formatter.OneLineFormatter
                """.formatted(file), StandardOpenOption.APPEND);
    }

    @Override
    public boolean deployAll(ServerConfiguration start) throws IOException {
        if (!admin(folder(start)).isReady()) {
            return false;
        }
        for (var war : start.wars().entrySet()) {
            deploy(start, war.getKey(), war.getValue());
        }
        return true;
    }

    /** {@link #deploy} says it. */
    @Override
    public Optional<String> deploymentFailure(ServerConfiguration start) {
        return Optional.empty();
    }

    /** {@link #deployAll} has. */
    @Override
    public boolean hasDeployed(ServerConfiguration start) {
        return true;
    }

    @Override
    public boolean deploysWhileRunning() {
        return true;
    }

    @Override
    public void deploy(ServerConfiguration running, String contextPath, Path war) throws IOException {
        var options = Map.of(
                "DEFAULT",
                war.toString(),
                "name",
                ServerConfiguration.application(contextPath),
                "contextroot",
                contextPath.isEmpty() ? "/" : contextPath);
        admin(folder(running)).run("deploy", options).ifPresent(reason -> {
            throw new StartFailed("GlassFish could not deploy " + war + " as "
                    + ServerConfiguration.application(contextPath) + ".war:\n" + reason);
        });
    }

    @Override
    public void undeploy(ServerConfiguration running, String contextPath) throws IOException {
        admin(folder(running))
                .run("undeploy", Map.of("DEFAULT", ServerConfiguration.application(contextPath)))
                .ifPresent(reason -> {
                    throw new StartFailed("GlassFish could not undeploy " + ServerConfiguration.application(contextPath)
                            + ":\n" + reason);
                });
    }

    private Path installation() {
        return home.resolve("glassfish7/glassfish");
    }

    private static Path folder(ServerConfiguration start) {
        return start.base().resolve("domain");
    }

    private static Path adminPort(Path folder) {
        return folder.resolve("config/admin-port");
    }

    private static GlassFishAdmin admin(Path folder) throws IOException {
        return new GlassFishAdmin(
                folder, Integer.parseInt(Files.readString(adminPort(folder)).strip()));
    }
}
