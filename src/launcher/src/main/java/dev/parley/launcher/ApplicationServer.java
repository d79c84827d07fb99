package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An application server: where it is unpacked, and how it starts with the WAR in it. The distribution stays unchanged,
 * so that several servers can share it. Stateless; any thread may call any method.
 */
public sealed interface ApplicationServer permits WildFly {
    /**
     * @param name {@code wildfly}
     * @param home the unpacked distribution
     * @param configuration the folder with Parley's configuration of this server: {@code server-config/NAME}
     */
    static ApplicationServer of(String name, Path home, Path configuration) {
        return switch (name) {
            case "wildfly" -> new WildFly(home, configuration);
            default -> throw new IllegalArgumentException("There is no server '" + name + "'; there is wildfly.");
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

    /** The reason why the server could not deploy the WAR, if it has said so. */
    Optional<String> deploymentFailure(ServerConfiguration configuration);
}
