package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.internal.transport.RawServer;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client in a server that does not show all packages of its Tyrus to applications. */
@Timeout(60)
class HiddenPackageTest {
    /**
     * An application's class loader: its own copy of the client, and the other classes of the server but one package.
     */
    private static final class ApplicationLoader extends URLClassLoader {
        private final String hidden;

        ApplicationLoader(String hidden) {
            super(classPath(), HiddenPackageTest.class.getClassLoader());
            this.hidden = hidden;
        }

        private static URL[] classPath() {
            return Arrays.stream(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                    .map(ApplicationLoader::url)
                    .toArray(URL[]::new);
        }

        private static URL url(String path) {
            try {
                return Path.of(path).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(path, e);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (name.startsWith(hidden)) {
                    throw new ClassNotFoundException(name);
                }
                if (!name.startsWith("dev.parley.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }

    /** Connects a client. The test knows this class by types of the JDK only: it is in the application's loader. */
    public static final class Application implements BiFunction<URI, Consumer<String>, AutoCloseable> {
        @Override
        public AutoCloseable apply(URI server, Consumer<String> states) {
            ParleyClient client = ParleyClient.builder(server)
                    .listener(new ParleyListener() {
                        @Override
                        public void stateChanged(ClientState state, Optional<ParleyException> why) {
                            states.accept(state
                                    + why.map(reason -> " " + reason.code() + " " + reason.getMessage())
                                            .orElse(""));
                        }
                    })
                    .build();
            client.connect();
            return client;
        }
    }

    private final BlockingQueue<String> states = new LinkedBlockingQueue<>();

    /** Runs the application on a server that hides this package. */
    private AutoCloseable run(ApplicationLoader loader, RawServer server) throws ReflectiveOperationException {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        // The client's threads inherit it, as those of a managed thread factory have the application's.
        Thread.currentThread().setContextClassLoader(loader);
        try {
            @SuppressWarnings("unchecked")
            BiFunction<URI, Consumer<String>, AutoCloseable> application =
                    (BiFunction<URI, Consumer<String>, AutoCloseable>) loader.loadClass(Application.class.getName())
                            .getConstructor()
                            .newInstance();
            return application.apply(server.uri(), states::add);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** GlassFish 7.0 and Payara 6. */
    @Test
    void clientConnectsWithoutTheAuthenticationOfTyrus() throws Exception {
        assertThatClientConnectsWithout("org.glassfish.tyrus.client.auth.");
    }

    @Test
    void clientConnectsWithoutGrizzly() throws Exception {
        assertThatClientConnectsWithout("org.glassfish.grizzly.");
    }

    private void assertThatClientConnectsWithout(String hidden) throws Exception {
        try (RawServer server = new RawServer();
                ApplicationLoader loader = new ApplicationLoader(hidden);
                AutoCloseable client = run(loader, server);
                RawServer.Peer peer = server.upgraded()) {
            assertThat(client.getClass()).isNotEqualTo(ParleyClient.class);
            assertThat(peer.head()).startsWith("GET /chat ");
            assertThat(peer.readText()).contains("\"login\"");
        }
    }

    @Test
    void clientThatCannotConnectWithoutAClassEnds() throws Exception {
        try (RawServer server = new RawServer();
                ApplicationLoader loader = new ApplicationLoader("jakarta.websocket.ContainerProvider");
                AutoCloseable client = run(loader, server)) {
            assertThat(client).isNotNull();
            assertThat(states.take()).isEqualTo("CONNECTING");
            assertThat(states.take())
                    .startsWith("CLOSED missing_class ")
                    .contains("NoClassDefFoundError: jakarta/websocket/ContainerProvider");
        }
    }
}
