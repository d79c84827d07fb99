package dev.parley.server.container;

import java.util.Arrays;
import java.util.List;

/**
 * The containers that need something done differently, recognised by the class of an object that one of them made. The
 * application links no class of a server's.
 */
public enum ContainerKind {
    /** Servlets and WebSockets of Open Liberty; the second package is where its newer parts are. */
    OPEN_LIBERTY("com.ibm.", "io.openliberty."),
    /** WebSockets of WildFly. */
    UNDERTOW("io.undertow."),
    /** WebSockets of GlassFish and Payara. */
    TYRUS("org.glassfish.tyrus."),
    OTHER;

    private final List<String> packages;

    ContainerKind(String... packages) {
        this.packages = List.of(packages);
    }

    /** @param made by a container, not a wrapper of ours */
    public static ContainerKind of(Object made) {
        String type = made.getClass().getName();
        return Arrays.stream(values())
                .filter(kind -> kind.packages.stream().anyMatch(type::startsWith))
                .findFirst()
                .orElse(OTHER);
    }
}
