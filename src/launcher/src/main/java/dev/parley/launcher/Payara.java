package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Payara Micro 6. The started process is the server itself: the jar starts no other one.
 *
 * @param home the jar, which is the whole distribution
 * @param configuration the folder server-config/payara
 */
public record Payara(Path home, Path configuration) implements ApplicationServer {
    /** The data source of the commands before the boot that {@link ServerConfiguration#postgresDriver} chooses. */
    private static final String POSTGRESQL = "jdbc/parley-postgresql";

    /** The last line of a start, whether or not the WARs could be deployed. */
    private static final Pattern STARTED = Pattern.compile("\\[PayaraMicro] Payara Micro \\S+ .*ready in ");

    /** The list of what is deployed, shortly before that line, has one such line for each WAR. */
    private static final String DEPLOYED = "\"Name\": \"%s\"";

    /** A failure with its stack trace. */
    private static final Pattern FAILURE = Pattern.compile("(?m)^\\S+ \\S+ SEVERE .*(?:\\R(?!\\d{4}-).+)*");

    /** A line of a stack trace that names no exception. */
    private static final Pattern FRAME = Pattern.compile("(?m)^\\s+(?:at |\\.\\.\\. ).*\\R?");

    public Payara {
        home = ServerConfiguration.absolute(home);
        configuration = ServerConfiguration.absolute(configuration);
    }

    @Override
    public String name() {
        return "payara";
    }

    /** Payara keeps in its folder what the commands before the boot have changed, so each start gets an empty one. */
    @Override
    public StartCommand prepare(ServerConfiguration start) throws IOException {
        FileTree.delete(own(start));
        Files.createDirectories(temporary(start));
        Files.createDirectories(deployments(start));
        Files.createDirectories(log(start).getParent());
        for (var war : start.wars().entrySet()) {
            Files.copy(
                    war.getValue(), deployments(start).resolve(ServerConfiguration.application(war.getKey()) + ".war"));
        }
        writeSettings(start);
        writeLogging(start);
        new ServerLog(log(start)).putAside();
        return new StartCommand(
                command(start),
                // Variables of the environment, because these cannot be system properties: Payara reads the listeners'
                // addresses while it looks for the default of a property.
                Map.of("PARLEY_HTTP_ADDRESS", start.httpAddress(), "PARLEY_HTTPS_ADDRESS", start.address()));
    }

    /** Without the WARs that it could not deploy, Payara starts all the same. */
    @Override
    public Optional<String> deploymentFailure(ServerConfiguration start) {
        String log = new ServerLog(log(start)).text();
        return hasStarted(log) && !hasDeployed(start, log) ? Optional.of(failures(start, log)) : Optional.empty();
    }

    private static String failures(ServerConfiguration start, String log) {
        return start.wars().keySet().stream()
                        .filter(contextPath -> !hasDeployed(contextPath, log))
                        .map(contextPath -> ServerConfiguration.application(contextPath) + ".war")
                        .collect(Collectors.joining(", "))
                + "\n"
                + FAILURE.matcher(log)
                        .results()
                        .map(MatchResult::group)
                        .map(failure -> FRAME.matcher(failure).replaceAll("").stripTrailing())
                        .collect(Collectors.joining("\n"));
    }

    @Override
    public boolean hasDeployed(ServerConfiguration start) {
        String log = new ServerLog(log(start)).text();
        return hasStarted(log) && hasDeployed(start, log);
    }

    private static boolean hasStarted(String log) {
        return STARTED.matcher(log).find();
    }

    private static boolean hasDeployed(ServerConfiguration start, String log) {
        return start.wars().keySet().stream().allMatch(contextPath -> hasDeployed(contextPath, log));
    }

    private static boolean hasDeployed(String contextPath, String log) {
        return log.contains(DEPLOYED.formatted(ServerConfiguration.application(contextPath)));
    }

    @Override
    public boolean deploysWhileRunning() {
        return false;
    }

    @Override
    public void deploy(ServerConfiguration running, String contextPath, Path war) {
        throw new UnsupportedOperationException("Payara Micro deploys what it is started with.");
    }

    @Override
    public void undeploy(ServerConfiguration running, String contextPath) {
        throw new UnsupportedOperationException("Payara Micro keeps what it is started with.");
    }

    List<String> command(ServerConfiguration start) {
        var command = new ArrayList<String>();
        command.add(ServerConfiguration.java());
        command.addAll(start.jvmOptions());
        command.add("-Djava.io.tmpdir=" + temporary(start));
        command.add("-jar");
        command.add(home.toString());
        // Payara unpacks itself there, 115 MB. In the temporary directory, its default, it would delete all of that
        // while it shuts down: at times the classes that are missing then cost sessions their goodbye.
        command.addAll(List.of("--rootdir", root(start).toString()));
        command.addAll(List.of("--systemproperties", settings(start).toString()));
        command.addAll(List.of("--logproperties", logging(start).toString()));
        command.addAll(List.of(
                "--prebootcommandfile", configuration.resolve("pre-boot.txt").toString()));
        // The data grid would listen on all addresses, and look for other servers of this kind in the network.
        command.add("--nohazelcast");
        command.add("--disablephonehome");
        command.addAll(List.of("--port", String.valueOf(start.port())));
        start.httpsPort().ifPresent(port -> command.addAll(List.of("--sslport", String.valueOf(port))));
        start.postgresDriver().ifPresent(driver -> command.addAll(List.of("--addlibs", driver.toString())));
        // One after the other: WARs that are deployed in a folder come in the order of their names, as here.
        start.wars().keySet().stream()
                .map(contextPath -> deployments(start).resolve(ServerConfiguration.application(contextPath) + ".war"))
                .sorted()
                .forEach(war -> command.addAll(List.of("--deploy", war.toString())));
        return List.copyOf(command);
    }

    /**
     * The settings, which Payara turns into system properties. They are in a file, because every user can read a
     * command line.
     */
    private void writeSettings(ServerConfiguration start) throws IOException {
        var properties = new Properties();
        properties.putAll(start.settings());
        if (start.postgresDriver().isPresent()) {
            properties.put("parley.datasource", POSTGRESQL);
        }
        if (start.hasKeyStore()) {
            properties.put("javax.net.ssl.keyStore", start.settings().get(ServerConfiguration.KEY_STORE));
            properties.put("javax.net.ssl.keyStorePassword", start.keyStorePassword());
        }
        PrivateFile.write(properties, settings(start));
    }

    /** The logging of server-config, which goes to the console, and the file besides that the launcher reads. */
    private void writeLogging(ServerConfiguration start) throws IOException {
        var properties = new Properties();
        try (var reader = Files.newBufferedReader(configuration.resolve("logging.properties"))) {
            properties.load(reader);
        }
        properties.merge("handlers", "java.util.logging.FileHandler", (console, file) -> console + "," + file);
        properties.put(
                "java.util.logging.FileHandler.pattern", log(start).toString().replace("%", "%%"));
        properties.put("java.util.logging.FileHandler.formatter", "java.util.logging.SimpleFormatter");
        properties.put("java.util.logging.FileHandler.encoding", "UTF-8");
        PrivateFile.write(properties, logging(start));
    }

    private static Path log(ServerConfiguration start) {
        return start.base().resolve("log/server.log");
    }

    /** The folder that is created by each start. */
    private static Path own(ServerConfiguration start) {
        return start.base().resolve("payara");
    }

    private static Path root(ServerConfiguration start) {
        return own(start).resolve("root");
    }

    private static Path temporary(ServerConfiguration start) {
        return own(start).resolve("tmp");
    }

    private static Path deployments(ServerConfiguration start) {
        return own(start).resolve("deployments");
    }

    private static Path settings(ServerConfiguration start) {
        return own(start).resolve("parley.properties");
    }

    private static Path logging(ServerConfiguration start) {
        return own(start).resolve("logging.properties");
    }
}
