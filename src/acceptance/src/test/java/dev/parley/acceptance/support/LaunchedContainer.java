package dev.parley.acceptance.support;

import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.arquillian.container.spi.client.container.ContainerConfiguration;
import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.container.spi.client.protocol.ProtocolDescription;
import org.jboss.arquillian.container.spi.client.protocol.metadata.HTTPContext;
import org.jboss.arquillian.container.spi.client.protocol.metadata.ProtocolMetaData;
import org.jboss.shrinkwrap.api.Archive;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;

/**
 * Arquillian's view of a server that the launcher starts: the same process and configuration as {@code mvn -Prun}. A
 * server that cannot deploy while it runs is started again for each change.
 */
public final class LaunchedContainer implements DeployableContainer<LaunchedContainer.Configuration> {
    private static final Duration READY = Duration.ofSeconds(120);

    private final Path folder = ParleyDeployment.Built.FOLDER.resolve(ParleyDeployment.Built.SERVER.name());
    /** For this run of the tests alone: names and ids of an earlier one are taken. */
    private final Path data = folder.resolve("data-" + ProcessHandle.current().pid());

    private final Map<String, Path> wars = new HashMap<>();
    private Optional<RunningServer> server = Optional.empty();

    /** All that is configured is in system properties of the test run. */
    public static final class Configuration implements ContainerConfiguration {
        @Override
        public void validate() {}
    }

    @Override
    public Class<Configuration> getConfigurationClass() {
        return Configuration.class;
    }

    @Override
    public ProtocolDescription getDefaultProtocol() {
        return ProtocolDescription.DEFAULT;
    }

    @Override
    public void start() {
        if (deploysWhileRunning()) {
            startServer();
        }
    }

    @Override
    public void stop() {
        server.ifPresent(RunningServer::stop);
        server = Optional.empty();
    }

    @Override
    public ProtocolMetaData deploy(Archive<?> archive) {
        String contextPath = contextPath(archive);
        Path war = export(archive);
        wars.put(contextPath, war);
        if (deploysWhileRunning()) {
            server.orElseThrow().deploy(contextPath, war);
        } else {
            stop();
            startServer();
        }
        return new ProtocolMetaData().addContext(new HTTPContext("127.0.0.1", port()));
    }

    @Override
    public void undeploy(Archive<?> archive) {
        wars.remove(contextPath(archive));
        if (deploysWhileRunning()) {
            server.orElseThrow().undeploy(contextPath(archive));
        } else {
            stop();
            if (!wars.isEmpty()) {
                startServer();
            }
        }
    }

    private void startServer() {
        server = Optional.of(ServerConfiguration.of(ParleyDeployment.Built.SERVER, ParleyDeployment.Built.WAR, folder)
                .wars(wars)
                .port(port())
                .settings(Map.of("parley.data", data.toString(), OwnServer.CREDENTIAL, "optional"))
                .jvmOptions("-Xmx1g", "-XX:TieredStopAtLevel=1")
                .start()
                .awaitStarted(READY));
    }

    private static boolean deploysWhileRunning() {
        return ParleyDeployment.Built.SERVER.deploysWhileRunning();
    }

    private static int port() {
        return Integer.getInteger("parley.test.port");
    }

    private static String contextPath(Archive<?> archive) {
        String name = archive.getName().replaceFirst("\\.war$", "");
        return name.equals("ROOT") ? "" : "/" + name;
    }

    private static Path export(Archive<?> archive) {
        try {
            Path folder = Files.createDirectories(ParleyDeployment.Built.FOLDER.resolve("deployed"));
            Path war = folder.resolve(archive.getName());
            archive.as(ZipExporter.class).exportTo(war.toFile(), true);
            return war;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
