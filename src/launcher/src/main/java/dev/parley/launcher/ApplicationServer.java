package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An application server: where it is unpacked, and how it starts with the WAR in it. The distribution stays unchanged,
 * so that several servers can share it. Stateless; any thread may call any method.
 */
public sealed interface ApplicationServer permits GlassFish, Liberty, Payara, WildFly {
    /**
     * @param name {@code glassfish}, {@code liberty}, {@code payara} or {@code wildfly}
     * @param home the unpacked distribution
     * @param configuration the folder with Parley's configuration of this server: {@code server-config/NAME}
     */
    static ApplicationServer of(String name, Path home, Path configuration) {
        return switch (name) {
            case "glassfish" -> new GlassFish(home, configuration);
            case "liberty" -> new Liberty(home, configuration);
            case "payara" -> new Payara(home, configuration);
            case "wildfly" -> new WildFly(home, configuration);
            default ->
                throw new IllegalArgumentException(
                        "There is no server '" + name + "'; there are glassfish, liberty, payara and wildfly.");
        };
    }

    /** The unpacked distribution. */
    Path home();

    /** The name of the server, as in the profile that selects it. */
    String name();

    /**
     * Creates all files of the server's folder for one start, and returns the command of its process. The application's
     * stored data is kept.
     */
    StartCommand prepare(ServerConfiguration configuration) throws IOException;

    /**
     * Deploys the WARs on a started server that does not find them by itself. Called again and again while the server
     * starts, until it returns true.
     *
     * @return false while the server does not take commands yet
     * @throws StartFailed if the server cannot deploy one of them, with the server's reason
     */
    default boolean deployAll(ServerConfiguration start) throws IOException {
        return true;
    }

    /**
     * The reason why the server could not deploy one of the WARs, if it has said so. Called again and again while the
     * server starts.
     */
    Optional<String> deploymentFailure(ServerConfiguration configuration);

    /** Whether the running server has deployed all WARs that it was started with. */
    boolean hasDeployed(ServerConfiguration configuration);

    /** Whether {@link #deploy} and {@link #undeploy} work. */
    boolean deploysWhileRunning();

    /**
     * Deploys a WAR on the running server, and returns when it serves it.
     *
     * @param contextPath as in {@link ServerConfiguration#wars}
     * @throws StartFailed if the server cannot deploy it, with the server's reason
     */
    void deploy(ServerConfiguration running, String contextPath, Path war) throws IOException;

    /** Takes a WAR from the running server, and returns when it is gone. */
    void undeploy(ServerConfiguration running, String contextPath) throws IOException;
}
