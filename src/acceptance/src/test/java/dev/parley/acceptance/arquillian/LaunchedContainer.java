package dev.parley.acceptance.arquillian;

import dev.parley.acceptance.support.ParleyDeployment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.arquillian.container.spi.client.container.ContainerConfiguration;
import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.container.spi.client.protocol.ProtocolDescription;
import org.jboss.arquillian.container.spi.client.protocol.metadata.HTTPContext;
import org.jboss.arquillian.container.spi.client.protocol.metadata.ProtocolMetaData;
import org.jboss.shrinkwrap.api.Archive;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;

/**
 * Arquillian's view of the {@link SharedServer}. Arquillian starts and stops its container with each launch of JUnit,
 * and Maven makes a launch for each class if it has several JVMs: the server is not touched then.
 */
public final class LaunchedContainer implements DeployableContainer<LaunchedContainer.Configuration> {
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
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public ProtocolMetaData deploy(Archive<?> archive) {
        SharedServer.instance().deploy(contextPath(archive), export(archive));
        return new ProtocolMetaData()
                .addContext(new HTTPContext(
                        SharedServer.http().getHost(), SharedServer.http().getPort()));
    }

    @Override
    public void undeploy(Archive<?> archive) {
        SharedServer.instance().undeploy(contextPath(archive));
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
