package dev.parley.acceptance.support;

import dev.parley.launcher.ApplicationServer;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** The built WAR, with the settings of a test in its {@code parley.properties}. */
public final class ParleyDeployment {
    private ParleyDeployment() {}

    /** The WAR at the root context. */
    public static WebArchive with(Map<String, String> settings) {
        return named("ROOT.war", settings);
    }

    /**
     * The WAR at another context path.
     *
     * @param contextPath one segment, such as {@code /talk}
     */
    public static WebArchive at(String contextPath, Map<String, String> settings) {
        return named(contextPath.substring(1) + ".war", settings);
    }

    private static WebArchive named(String archive, Map<String, String> settings) {
        Properties properties = new Properties();
        properties.putAll(settings);
        StringWriter text = new StringWriter();
        try {
            properties.store(text, "What this test set");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ShrinkWrap.create(ZipImporter.class, archive)
                .importFrom(Built.WAR.toFile())
                .as(WebArchive.class)
                .addAsResource(new StringAsset(text.toString()), "parley.properties");
    }

    /** The built WAR with these classes in it, as a file. */
    public static Path plus(Class<?>... classes) {
        try {
            Path file = Files.createTempFile(Files.createDirectories(Built.FOLDER.resolve("wars")), "parley", ".war");
            ShrinkWrap.create(ZipImporter.class, "parley.war")
                    .importFrom(Built.WAR.toFile())
                    .as(WebArchive.class)
                    .addClasses(classes)
                    .as(ZipExporter.class)
                    .exportTo(file.toFile(), true);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The results of the build, for servers that a test starts itself. */
    public static final class Built {
        public static final Path WAR = path("war");
        /** The folder server-config/NAME of the application server that is tested. */
        public static final Path CONFIGURATION = path("server.configuration");

        public static final ApplicationServer SERVER =
                ApplicationServer.of(System.getProperty("parley.test.server"), path("server.home"), CONFIGURATION);
        public static final Path FOLDER = path("folder");

        private Built() {}

        private static Path path(String name) {
            return Path.of(System.getProperty("parley.test." + name))
                    .toAbsolutePath()
                    .normalize();
        }
    }
}
