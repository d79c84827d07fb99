package dev.parley.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Parley, which the build writes into a resource. */
final class Version {
    private static final String RESOURCE = "version.properties";

    private Version() {}

    /** The version of this WAR, such as {@code 1.0.0}. */
    static String ofThisBuild() {
        try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + RESOURCE + " of the WAR", e);
        }
    }
}
