package dev.parley.server.handshake;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request for an upgrade, independent of the API that received it.
 *
 * @param protocol such as {@code HTTP/1.1}
 * @param self origin of the address that the client requested, such as {@code http://localhost:8080}
 * @param path path as it was sent, without the query
 * @param query query as it was sent; empty if there is none
 * @param headers all values by lower-case name
 * @param address address of the client
 */
record HandshakeRequest(
        String method,
        String protocol,
        String self,
        String path,
        String query,
        Map<String, List<String>> headers,
        String address) {

    List<String> all(String header) {
        return headers.getOrDefault(header.toLowerCase(Locale.ROOT), List.of());
    }

    Optional<String> first(String header) {
        return all(header).stream().findFirst();
    }

    /**
     * The comma-separated words of all headers of this name, as they were sent. Some containers split them and others
     * do not.
     */
    List<String> words(String header) {
        return List.of(String.join(",", all(header)).split(",")).stream()
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    boolean says(String header, String word) {
        return words(header).stream().anyMatch(word::equalsIgnoreCase);
    }
}
