package dev.parley.acceptance.launcher;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands for a node that answers 503 to everything, because it drains or is full. */
final class BusyNode implements AutoCloseable {
    static final String RETRY_AFTER = "7";

    private final HttpServer http;
    private final AtomicInteger asked = new AtomicInteger();

    private BusyNode(HttpServer http) {
        this.http = http;
    }

    /** @param isReady whether it says that it is ready: a node that is full does */
    static BusyNode started(boolean isReady) throws IOException {
        BusyNode node = new BusyNode(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        node.http.createContext("/", node::refuse);
        node.http.createContext("/health/ready", exchange -> answer(exchange, isReady ? 200 : 503));
        node.http.start();
        return node;
    }

    private void refuse(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        exchange.getResponseHeaders().add("Retry-After", RETRY_AFTER);
        answer(exchange, 503);
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    int port() {
        return http.getAddress().getPort();
    }

    /** Number of refused requests. */
    int asked() {
        return asked.get();
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
