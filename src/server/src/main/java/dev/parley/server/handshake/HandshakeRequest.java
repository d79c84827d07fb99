package dev.parley.server.handshake;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a request for an upgrade says, whichever API it came through.
 *
 * @param protocol such as {@code HTTP/1.1}
 * @param self origin of the address that the client asked, such as {@code http://localhost:8080}
 * @param path as it was sent, without the query
 * @param query as it was sent; empty where there is none
 * @param headers by lower-case name, every value
 * @param address the client's
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
     * The comma-separated words of all headers of this name, in lower case; some containers split them, others don't.
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
