package dev.parley.acceptance.hostile.peer;

import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.RawSocket;
import java.io.EOFException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A handshake that differs from a correct one as a row specifies. {@code SELF} in a header or path stands for the
 * node's host and port.
 */
public record HandshakeAttempt(String requestLine, List<String> headers, String body) implements Row.Attack {
    public static final String SELF = "{self}";

    public static HandshakeAttempt proper() {
        return get("/chat");
    }

    public static HandshakeAttempt get(String path) {
        return line("GET " + path + " HTTP/1.1");
    }

    public static HandshakeAttempt method(String method) {
        return line(method + " /chat HTTP/1.1");
    }

    public static HandshakeAttempt line(String requestLine) {
        return new HandshakeAttempt(requestLine, HttpHandshake.properHeaders(SELF), "");
    }

    /** A request without an upgrade. */
    public static HandshakeAttempt plain(String requestLine, List<String> headers) {
        return new HandshakeAttempt(
                requestLine,
                Stream.concat(Stream.of("Host: " + SELF), headers.stream()).toList(),
                "");
    }

    /** Replaces all headers with this name; without values, removes them. */
    public HandshakeAttempt with(String name, String... values) {
        String begin = name.toLowerCase(Locale.ROOT) + ":";
        return new HandshakeAttempt(
                requestLine,
                Stream.concat(
                                headers.stream().filter(line -> !line.toLowerCase(Locale.ROOT)
                                        .startsWith(begin)),
                                Stream.of(values).map(value -> name + ": " + value))
                        .toList(),
                body);
    }

    /** Adds any line. */
    public HandshakeAttempt plus(String line) {
        List<String> more = new ArrayList<>(headers);
        more.add(line);
        return new HandshakeAttempt(requestLine, more, body);
    }

    /** Adds this many headers with different names. */
    public HandshakeAttempt plusHeaders(int count) {
        return plus(IntStream.range(0, count).mapToObj(i -> "X-" + i + ": a").collect(Collectors.joining("\r\n")));
    }

    public HandshakeAttempt then(String bytes) {
        return new HandshakeAttempt(requestLine, headers, bytes);
    }

    public byte[] bytes(Node node) {
        return (HttpHandshake.head(requestLine, headers) + body)
                .replace(SELF, node.http().getAuthority())
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public Answer on(Node node) {
        return send(node, bytes(node), requestLine.split(" ")[0]);
    }

    /** Sends any bytes instead of a request. */
    public static Row.Attack raw(String bytes) {
        return node -> send(node, bytes.getBytes(StandardCharsets.ISO_8859_1), "GET");
    }

    private static Answer send(Node node, byte[] bytes, String method) {
        try (RawSocket raw = node.connect()) {
            write(raw, bytes);
            return response(raw, method);
        }
    }

    /** The response, or the end of the connection. */
    public static Answer response(RawSocket raw, String method) {
        try {
            return answer(raw.response(method));
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof EOFException || e.getCause() instanceof SocketException) {
                return Answer.ended();
            }
            throw e;
        }
    }

    /** Ignores a failed write: the server answers too long a request before it is complete. */
    private static void write(RawSocket raw, byte[] bytes) {
        try {
            raw.write(bytes);
        } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof SocketException)) {
                throw e;
            }
        }
    }

    private static Answer answer(HttpHandshake.Response response) {
        if (response.status() == 101) {
            return new Answer.Upgraded(response.header("Sec-WebSocket-Protocol").orElse("")
                    + response.header("Sec-WebSocket-Extensions").orElse(""));
        }
        boolean isProblem = response.header("Content-Type")
                .filter(type -> type.startsWith("application/problem+json"))
                .isPresent();
        return Answer.http(response.status(), isProblem && !response.body().isEmpty() ? code(response) : "");
    }

    private static String code(HttpHandshake.Response response) {
        return JsonText.object(response.body()).getString("code");
    }
}
