package dev.parley.bench.load;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * The request that opens a WebSocket. It offers no compression.
 *
 * @param path path and query
 * @param headers beside those that RFC 6455 asks for, such as a subprotocol or a credential
 */
public record Upgrade(String path, Map<String, String> headers) {
    public Upgrade {
        headers = Map.copyOf(headers);
    }

    String request(InetSocketAddress server) {
        StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: " + server.getHostString() + ":"
                + server.getPort() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        headers.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        return request.append("\r\n").toString();
    }
}
