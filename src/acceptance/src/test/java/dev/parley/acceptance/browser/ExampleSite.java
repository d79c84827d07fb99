package dev.parley.acceptance.browser;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/** The site of somebody who uses the browser library: pages of a test, the library, and files of WebJars. */
final class ExampleSite implements AutoCloseable {
    private static final String LIBRARY = "/parley/";
    private static final String WEBJARS = "/webjars/";
    private static final Map<String, String> MEDIA_TYPES = Map.of("html", "text/html", "js", "text/javascript");

    private final HttpServer server;
    private final Path library;
    private final Map<String, byte[]> files = new ConcurrentHashMap<>();

    private ExampleSite(HttpServer server, Path library) {
        this.server = server;
        this.library = library;
    }

    /** @param library folder of the browser library */
    static ExampleSite start(Path library) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExampleSite site = new ExampleSite(server, library);
        server.createContext("/", site::answer);
        server.start();
        return site;
    }

    String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void put(String path, String content) {
        files.put(path, content.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Optional<byte[]> content = content(path);
        String extension = path.substring(path.lastIndexOf('.') + 1);
        exchange.getResponseHeaders()
                .set(
                        "Content-Type",
                        MEDIA_TYPES.getOrDefault(extension, "application/octet-stream") + ";charset=utf-8");
        byte[] body = content.orElseGet(() -> new byte[0]);
        exchange.sendResponseHeaders(content.isPresent() ? 200 : 404, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private Optional<byte[]> content(String path) throws IOException {
        if (path.startsWith(LIBRARY)) {
            return Optional.of(Files.readAllBytes(library.resolve(path.substring(LIBRARY.length()))));
        }
        return path.startsWith(WEBJARS)
                ? webJar(path.substring(WEBJARS.length()))
                : Optional.ofNullable(files.get(path));
    }

    /** @param path name of the WebJar and path in it, without the version between them */
    private static Optional<byte[]> webJar(String path) throws IOException {
        String name = path.substring(0, path.indexOf('/'));
        Properties properties = new Properties();
        try (InputStream in =
                ExampleSite.class.getResourceAsStream("/META-INF/maven/org.webjars.npm/" + name + "/pom.properties")) {
            properties.load(in);
        }
        String resource = "/META-INF/resources/webjars/" + name + "/" + properties.getProperty("version")
                + path.substring(name.length());
        try (InputStream in = ExampleSite.class.getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        }
    }
}
