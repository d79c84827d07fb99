package dev.parley.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * WildFly 39. Its process is started by the Java command that bin/standalone.sh ends with, called directly. So the
 * started process is the server itself, and signals reach the server and not a shell.
 *
 * @param home the unpacked distribution
 * @param configuration the folder server-config/wildfly
 */
public record WildFly(Path home, Path configuration) implements ApplicationServer {
    private static final String DRIVER_MODULE = "org/postgresql/main";

    /** The JVM options that bin/standalone.conf and bin/common.sh set for every server, without the heap. */
    private static final List<String> STANDALONE_SH = List.of(
            "-Djava.net.preferIPv4Stack=true",
            "-Djava.awt.headless=true",
            "-Djboss.modules.system.pkgs=org.jboss.byteman",
            "-Djdk.serialFilter=maxbytes=10485760;maxdepth=128;maxarray=100000;maxrefs=300000",
            "--add-exports=java.desktop/sun.awt=ALL-UNNAMED",
            "--add-exports=java.naming/com.sun.jndi.ldap=ALL-UNNAMED",
            "--add-exports=java.naming/com.sun.jndi.url.ldap=ALL-UNNAMED",
            "--add-exports=java.naming/com.sun.jndi.url.ldaps=ALL-UNNAMED",
            "--add-exports=jdk.naming.dns/com.sun.jndi.dns=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.net=ALL-UNNAMED",
            "--add-opens=java.base/java.security=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
            "--add-opens=java.management/javax.management=ALL-UNNAMED",
            "--add-opens=java.naming/javax.naming=ALL-UNNAMED");

    public WildFly {
        home = ServerConfiguration.absolute(home);
        configuration = ServerConfiguration.absolute(configuration);
    }

    @Override
    public String name() {
        return "wildfly";
    }

    /** WildFly changes its configuration files while it runs, so each start gets a fresh copy. */
    @Override
    public StartCommand prepare(ServerConfiguration start) throws IOException {
        FileTree.delete(configurationOf(start));
        FileTree.delete(deployments(start));
        FileTree.copy(home.resolve("standalone/configuration"), configurationOf(start));
        keepSettingsOutOfTheLog(start);
        writeSettings(start);
        if (start.postgresDriver().isPresent()) {
            copyDriverModule(start.postgresDriver().get(), modules(start));
        }
        Files.createDirectories(start.base().resolve("log"));
        Files.createDirectories(deployments(start));
        for (var war : start.wars().entrySet()) {
            hand(start, war.getKey(), war.getValue());
        }
        return new StartCommand(command(start), Map.of());
    }

    @Override
    public Optional<String> deploymentFailure(ServerConfiguration start) {
        return start.wars().keySet().stream()
                .map(contextPath -> deploymentFailure(start, contextPath))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The deployment scanner writes the reason to a file. */
    private static Optional<String> deploymentFailure(ServerConfiguration start, String contextPath) {
        Path file = marker(start, contextPath, "failed");
        return Files.exists(file) ? Optional.of(RunningServer.text(file)) : Optional.empty();
    }

    @Override
    public boolean hasDeployed(ServerConfiguration start) {
        return start.wars().keySet().stream()
                .allMatch(contextPath -> Files.exists(marker(start, contextPath, "deployed")));
    }

    @Override
    public boolean deploysWhileRunning() {
        return true;
    }

    @Override
    public void deploy(ServerConfiguration running, String contextPath, Path war) throws IOException {
        hand(running, contextPath, war);
        Waiting.until(
                "WildFly has deployed or refused " + war,
                () -> Files.exists(marker(running, contextPath, "deployed"))
                        || Files.exists(marker(running, contextPath, "failed")));
        Optional<String> failure = deploymentFailure(running, contextPath);
        if (failure.isPresent()) {
            remove(running, contextPath, "failed");
            throw new StartFailed("WildFly could not deploy " + war + ":\n" + failure.get());
        }
    }

    @Override
    public void undeploy(ServerConfiguration running, String contextPath) throws IOException {
        Files.delete(marker(running, contextPath, "deployed"));
        Waiting.until(
                "WildFly has undeployed " + deployment(contextPath),
                () -> Files.exists(marker(running, contextPath, "undeployed")));
        remove(running, contextPath, "undeployed");
    }

    /**
     * Gives a WAR to the deployment scanner. The scanner would deploy one without a marker on its own, and a second
     * time when the marker comes; it would deploy a part of one with a marker. So the marker comes first, and then the
     * whole WAR.
     */
    private static void hand(ServerConfiguration start, String contextPath, Path war) throws IOException {
        Path copy = Files.copy(war, deployments(start).resolve(deployment(contextPath) + ".part"));
        Files.createFile(marker(start, contextPath, "dodeploy"));
        Files.move(copy, deployments(start).resolve(deployment(contextPath)), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes a WAR that is not deployed any more. First the WAR: without a marker the scanner would deploy it. */
    private static void remove(ServerConfiguration running, String contextPath, String marker) throws IOException {
        Files.delete(deployments(running).resolve(deployment(contextPath)));
        Files.deleteIfExists(marker(running, contextPath, marker));
    }

    List<String> command(ServerConfiguration start) {
        var command = new ArrayList<String>();
        command.add(ServerConfiguration.java());
        command.addAll(start.jvmOptions());
        command.addAll(STANDALONE_SH);
        if (start.log() == ServerConfiguration.Log.FILE) {
            command.add("-Dorg.jboss.logmanager.nocolor=true");
        }
        command.add("-Dorg.jboss.boot.log.file=" + start.base().resolve("log/server.log"));
        command.add("-Dlogging.configuration="
                + configurationOf(start).resolve("logging.properties").toUri());
        command.add("-jar");
        command.add(home.resolve("jboss-modules.jar").toString());
        command.add("-mp");
        var own = home.resolve("modules");
        command.add(paths(start.postgresDriver().isPresent() ? List.of(modules(start), own) : List.of(own)));
        command.add("org.jboss.as.standalone");
        command.add("-Djboss.home.dir=" + home);
        command.add("-Djboss.server.base.dir=" + start.base());
        command.add("-Djboss.bind.address=" + start.address());
        command.add("-Djboss.bind.address.management=127.0.0.1");
        command.add("-Djboss.http.port=" + start.port());
        // Any free port if it is not used, so that several servers can run at the same time.
        command.add("-Djboss.https.port=" + start.httpsPort().orElse(0));
        command.add("-Djboss.management.http.port=0");
        // Without a node id, WildFly logs a warning.
        command.add("-Djboss.tx.node.id=parley-" + start.port());
        command.add("--properties=" + settings(start));
        command.add("--yaml=" + paths(yamls(start)));
        return List.copyOf(command);
    }

    /** The YAML configurations, applied to standalone.xml in this order. */
    private List<Path> yamls(ServerConfiguration start) {
        return Stream.of(
                        Optional.of("parley.yaml"),
                        start.postgresDriver().map(driver -> "postgresql.yaml"),
                        Optional.of("tls.yaml").filter(tls -> start.hasKeyStore()))
                .flatMap(Optional::stream)
                .map(configuration::resolve)
                .toList();
    }

    private static String paths(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static Path configurationOf(ServerConfiguration start) {
        return start.base().resolve("configuration");
    }

    private static Path deployments(ServerConfiguration start) {
        return start.base().resolve("deployments");
    }

    /** WildFly takes the context path from the name of the file. */
    private static String deployment(String contextPath) {
        return ServerConfiguration.application(contextPath) + ".war";
    }

    /** A file by which the deployment scanner and its callers tell each other what to do, and what was done. */
    private static Path marker(ServerConfiguration start, String contextPath, String what) {
        return deployments(start).resolve(deployment(contextPath) + "." + what);
    }

    private static Path modules(ServerConfiguration start) {
        return start.base().resolve("modules");
    }

    /**
     * The settings, which WildFly turns into system properties. They are in a file, because every user can read a
     * command line.
     */
    private static Path settings(ServerConfiguration start) {
        return configurationOf(start).resolve("parley.properties");
    }

    private static void writeSettings(ServerConfiguration start) throws IOException {
        var properties = new Properties();
        properties.putAll(start.settings());
        PrivateFile.write(properties, settings(start));
    }

    /**
     * Sets a log level. Until WildFly has read its configuration it uses this file, in which one category logs every
     * system property at DEBUG, including the token secret. The last line for a key wins.
     */
    private static void keepSettingsOutOfTheLog(ServerConfiguration start) throws IOException {
        Files.writeString(
                configurationOf(start).resolve("logging.properties"),
                "\nlogger.org.jboss.as.config.level=INFO\n",
                StandardOpenOption.APPEND);
    }

    /** Adds the driver as a module, as src/docs/operations.md describes by hand. */
    private void copyDriverModule(Path driver, Path to) throws IOException {
        FileTree.delete(to);
        var module = Files.createDirectories(to.resolve(DRIVER_MODULE));
        Files.copy(
                configuration.resolve("modules").resolve(DRIVER_MODULE).resolve("module.xml"),
                module.resolve("module.xml"));
        Files.copy(driver, module.resolve("postgresql.jar"));
    }
}
