package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Open Liberty 26. Its process is started by the Java command that bin/server ends with, called directly. So the
 * started process is the server itself, and signals reach the server and not a shell.
 *
 * @param home folder of the unpacked distribution, wlp, and of the JDBC driver, h2.jar
 * @param configuration the folder server-config/liberty
 */
public record Liberty(Path home, Path configuration) implements ApplicationServer {
    private static final String SERVER = "parley";
    private static final String SETTINGS = "bootstrap.properties";

    /** The first version of Java with other options than Java 9. */
    private static final int JAVA_24 = 24;

    private static final String STARTED = "CWWKZ0001I: Application %s started";
    private static final String STOPPED = "CWWKZ0009I: The application %s has stopped";
    /** Not deployable, or its start failed. */
    private static final String FAILED = "CWWKZ(\\d{4}E: .*\\b%1$s\\b|0012I: The application %1$s was not started)";

    /** A message in the log, which can go on over several lines, without its stack trace. */
    private static final Pattern ERROR = Pattern.compile("(?m)^\\[.* E ([A-Z]+\\d+E: .*(?:\\R(?!\\[|\\tat ).+)*)");

    public Liberty {
        home = ServerConfiguration.absolute(home);
        configuration = ServerConfiguration.absolute(configuration);
    }

    @Override
    public String name() {
        return "liberty";
    }

    /** Liberty's caches stay from start to start, beside the configuration: a start takes seconds less with them. */
    @Override
    public StartCommand prepare(ServerConfiguration start) throws IOException {
        FileTree.delete(userFolder(start));
        Files.createDirectories(overrides(start));
        Files.createDirectories(applications(start));
        Files.createDirectories(drivers(start));
        copy("server.xml", serverFolder(start));
        if (start.postgresDriver().isPresent()) {
            copy("postgresql.xml", overrides(start));
            Files.copy(start.postgresDriver().get(), drivers(start).resolve("postgresql.jar"));
        } else {
            copy("h2.xml", overrides(start));
            Files.copy(home.resolve("h2.jar"), drivers(start).resolve("h2.jar"));
        }
        if (start.httpsPort().isPresent()) {
            copy(start.hasKeyStore() ? "tls.xml" : "https.xml", overrides(start));
        }
        writeSettings(start);
        messages(start).putAside();
        for (var war : start.wars().entrySet()) {
            hand(start, war.getKey(), war.getValue());
        }
        return new StartCommand(
                command(start),
                Map.of(
                        "WLP_USER_DIR", userFolder(start).toString(),
                        "WLP_OUTPUT_DIR", start.base().resolve("output").toString()));
    }

    @Override
    public Optional<String> deploymentFailure(ServerConfiguration start) {
        String log = messages(start).text();
        return start.wars().keySet().stream()
                .map(contextPath -> deploymentFailure(log, contextPath))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The reason, which the log says before it says that the application failed: all errors so far. */
    static Optional<String> deploymentFailure(String log, String contextPath) {
        Matcher failed = Pattern.compile(FAILED.formatted(Pattern.quote(ServerConfiguration.application(contextPath))))
                .matcher(log);
        return failed.find()
                ? Optional.of(ERROR.matcher(log)
                        .results()
                        .map(error -> error.group(1))
                        .collect(Collectors.joining("\n")))
                : Optional.empty();
    }

    @Override
    public boolean hasDeployed(ServerConfiguration start) {
        String log = messages(start).text();
        return start.wars().keySet().stream().allMatch(contextPath -> says(STARTED, contextPath, log));
    }

    @Override
    public boolean deploysWhileRunning() {
        return true;
    }

    @Override
    public void deploy(ServerConfiguration running, String contextPath, Path war) throws IOException {
        ServerLog.Checkpoint before = messages(running).checkpoint();
        hand(running, contextPath, war);
        Waiting.until("Liberty has deployed or refused " + war, () -> {
            String since = before.since();
            return says(STARTED, contextPath, since)
                    || deploymentFailure(since, contextPath).isPresent();
        });
        Optional<String> failure = deploymentFailure(before.since(), contextPath);
        if (failure.isPresent()) {
            Files.delete(element(running, contextPath));
            throw new StartFailed("Liberty could not deploy " + war + ":\n" + failure.get());
        }
    }

    @Override
    public void undeploy(ServerConfiguration running, String contextPath) throws IOException {
        ServerLog.Checkpoint before = messages(running).checkpoint();
        Files.delete(element(running, contextPath));
        Waiting.until(
                "Liberty has undeployed " + ServerConfiguration.application(contextPath),
                () -> says(STOPPED, contextPath, before.since()));
        Files.delete(war(running, contextPath));
    }

    private static boolean says(String message, String contextPath, String log) {
        return log.contains(message.formatted(ServerConfiguration.application(contextPath)));
    }

    /** Copies a WAR, and adds the element to the configuration that makes Liberty serve it. */
    private static void hand(ServerConfiguration start, String contextPath, Path war) throws IOException {
        Path copy = war(start, contextPath);
        Files.copy(war, copy, StandardCopyOption.REPLACE_EXISTING);
        // Not written in its place: Liberty would read a part of it.
        Path part = applications(start).resolve(ServerConfiguration.application(contextPath) + ".xml");
        Files.writeString(part, """
                <server>
                  <webApplication id="%1$s" name="%1$s" location="%2$s" contextRoot="%3$s"/>
                </server>
                """.formatted(
                        ServerConfiguration.application(contextPath),
                        copy.getFileName(),
                        contextPath.isEmpty() ? "/" : contextPath));
        Files.move(part, element(start, contextPath), StandardCopyOption.ATOMIC_MOVE);
    }

    List<String> command(ServerConfiguration start) throws IOException {
        var command = new ArrayList<String>();
        command.add(ServerConfiguration.java());
        command.add("-javaagent:" + tool("ws-javaagent.jar"));
        command.addAll(start.jvmOptions());
        // These two and the files: what bin/server sets.
        command.add("-Djava.awt.headless=true");
        command.add("-Djdk.attach.allowAttachSelf=true");
        command.addAll(options(configuration.resolve("jvm.options")));
        command.addAll(options(home.resolve("wlp/lib/platform/java")
                .resolve(Runtime.version().feature() < JAVA_24 ? "java9.options" : "java24.options")));
        command.add("-jar");
        command.add(tool("ws-server.jar").toString());
        command.add(SERVER);
        return List.copyOf(command);
    }

    /** The options of such a file: one word a line, and comments. */
    private static List<String> options(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        }
    }

    private Path tool(String jar) {
        return home.resolve("wlp/bin/tools").resolve(jar);
    }

    private void copy(String file, Path to) throws IOException {
        Files.copy(configuration.resolve(file), to.resolve(file));
    }

    /**
     * The settings, which Liberty turns into system properties and into variables of its configuration; those of the
     * start replace those of server-config. They are in a file, because every user can read a command line.
     */
    private void writeSettings(ServerConfiguration start) throws IOException {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(configuration.resolve(SETTINGS))) {
            properties.load(reader);
        }
        properties.putAll(start.settings());
        properties.put("parley.http.address", start.address());
        properties.put(ServerConfiguration.HTTP_PORT, String.valueOf(start.port()));
        start.httpsPort().ifPresent(port -> properties.put(ServerConfiguration.HTTPS_PORT, String.valueOf(port)));
        properties.put("com.ibm.ws.logging.log.directory", logs(start).toString());
        PrivateFile.write(properties, serverFolder(start).resolve(SETTINGS));
    }

    private static ServerLog messages(ServerConfiguration start) {
        return new ServerLog(logs(start).resolve("messages.log"));
    }

    private static Path logs(ServerConfiguration start) {
        return start.base().resolve("log");
    }

    private static Path userFolder(ServerConfiguration start) {
        return start.base().resolve("usr");
    }

    private static Path serverFolder(ServerConfiguration start) {
        return userFolder(start).resolve("servers").resolve(SERVER);
    }

    private static Path overrides(ServerConfiguration start) {
        return serverFolder(start).resolve("configDropins/overrides");
    }

    private static Path applications(ServerConfiguration start) {
        return serverFolder(start).resolve("apps");
    }

    private static Path drivers(ServerConfiguration start) {
        return userFolder(start).resolve("shared/resources/jdbc");
    }

    private static Path war(ServerConfiguration start, String contextPath) {
        return applications(start).resolve(ServerConfiguration.application(contextPath) + ".war");
    }

    /** The file by which Liberty knows of the WAR. */
    private static Path element(ServerConfiguration start, String contextPath) {
        return overrides(start).resolve("application-" + ServerConfiguration.application(contextPath) + ".xml");
    }
}
