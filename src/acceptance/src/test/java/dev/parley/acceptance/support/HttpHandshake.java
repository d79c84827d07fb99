package dev.parley.acceptance.support;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The text of HTTP/1.1 requests and answers, above all of the handshake of RFC 6455 section 4. */
public final class HttpHandshake {
    private static final String END = "\r\n\r\n";

    private HttpHandshake() {}

    /**
     * An answer.
     *
     * @param headers lines of the header
     */
    public record Response(int status, List<String> headers, String body) {
        public Optional<String> header(String name) {
            return headers.stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst();
        }
    }

    /** The headers of a correct handshake. */
    public static List<String> properHeaders(URI server) {
        return properHeaders(server.getAuthority());
    }

    public static List<String> properHeaders(String host) {
        return List.of(
                "Host: " + host,
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }

    public static List<String> headersWith(URI server, String... more) {
        List<String> headers = new ArrayList<>(properHeaders(server));
        headers.addAll(List.of(more));
        return headers;
    }

    /** A request or an answer up to the empty line. */
    public static String head(String firstLine, List<String> headers) {
        return firstLine + "\r\n" + String.join("\r\n", headers) + END;
    }

    /** Reads the head of a request or of an answer, up to the empty line. */
    public static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf(END, head.length() - END.length()) < 0) {
            int next = in.read();
            if (next == -1) {
                throw new EOFException("The connection ended within the head: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** Reads the status and the headers of an answer, but not the body. */
    static Response readResponseHead(InputStream in) throws IOException {
        List<String> lines = readHead(in).lines().toList();
        int status = Integer.parseInt(lines.get(0).split(" ")[1]);
        return new Response(status, lines.subList(1, lines.size() - 1), "");
    }
}
