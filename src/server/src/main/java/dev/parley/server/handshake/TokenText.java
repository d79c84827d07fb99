package dev.parley.server.handshake;

import jakarta.json.Json;
import jakarta.json.stream.JsonParser;
import jakarta.json.stream.JsonParser.Event;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * A token's own text. RFC 7515 section 4 and RFC 7519 section 4 let a reader take the last of two members with one name;
 * who signed and who checks may then have read different claims.
 */
final class TokenText {
    private TokenText() {}

    /** Whether an object in header or claims has two members of one name; false for what is no JSON, which others refuse. */
    static boolean hasTwins(String token) {
        String[] parts = token.split("\\.", -1);
        for (int i = 0; i < Math.min(2, parts.length); i++) {
            if (hasTwinMembers(parts[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasTwinMembers(String part) {
        try {
            String json = new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
            try (JsonParser parser = Json.createParser(new StringReader(json))) {
                return hasTwinMembers(parser);
            }
        } catch (RuntimeException e) {
            // No base64, no JSON, or nested beyond what Parsson takes, which it says by a bare exception.
            return false;
        }
    }

    private static boolean hasTwinMembers(JsonParser parser) {
        Deque<Set<String>> open = new ArrayDeque<>();
        while (parser.hasNext()) {
            Event event = parser.next();
            switch (event) {
                case START_OBJECT, START_ARRAY -> open.push(new HashSet<>());
                case END_OBJECT, END_ARRAY -> open.pop();
                case KEY_NAME -> {
                    if (!open.element().add(parser.getString())) {
                        return true;
                    }
                }
                default -> {}
            }
        }
        return false;
    }
}
