package dev.parley.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Splits the bytes of a kept connection into answers of HTTP/1.1, with a length or in chunks. The body is handed on as
 * it comes, so that an endless one can be read. Confined to one thread.
 */
final class HttpAnswerReader {
    /** What is done with the answers. The bytes are valid during the call only. */
    interface Sink {
        void body(byte[] bytes, int from, int end);

        /** The answer is complete. */
        void complete(int status);
    }

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        END_OF_CHUNK,
        TRAILER
    }

    private final Sink sink;
    private final StringBuilder line = new StringBuilder();
    private State state = State.HEAD;
    private int status;
    private boolean isChunked;
    private long left;

    HttpAnswerReader(Sink sink) {
        this.sink = sink;
    }

    /** Takes the next bytes of the connection. */
    void feed(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end) {
            at = switch (state) {
                case HEAD, CHUNK_SIZE, END_OF_CHUNK, TRAILER -> readLine(bytes, at, end);
                case BODY, CHUNK -> readBody(bytes, at, end);
            };
        }
    }

    private int readLine(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && bytes[at] != '\n') {
            at++;
        }
        line.append(new String(bytes, from, at - from, StandardCharsets.ISO_8859_1));
        if (at == end) {
            return end;
        }
        String whole = line.toString().stripTrailing();
        line.setLength(0);
        switch (state) {
            case HEAD -> head(whole);
            case CHUNK_SIZE -> {
                left = Long.parseLong(whole.replaceFirst(";.*", "").strip(), 16);
                state = left == 0 ? State.TRAILER : State.CHUNK;
            }
            case END_OF_CHUNK -> state = State.CHUNK_SIZE;
            default -> {
                if (whole.isEmpty()) {
                    complete();
                }
            }
        }
        return at + 1;
    }

    private void head(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        if (header.startsWith("HTTP/1.1 ")) {
            status = Integer.parseInt(header.substring(9, 12));
            isChunked = false;
            left = 0;
        } else if (name.startsWith("content-length:")) {
            left = Long.parseLong(name.substring(name.indexOf(':') + 1).strip());
        } else if (name.startsWith("transfer-encoding:") && name.endsWith("chunked")) {
            isChunked = true;
        } else if (header.isEmpty()) {
            state = isChunked ? State.CHUNK_SIZE : State.BODY;
            if (state == State.BODY && left == 0) {
                complete();
            }
        }
    }

    private int readBody(byte[] bytes, int from, int end) {
        int to = (int) Math.min(end, from + left);
        sink.body(bytes, from, to);
        left -= to - from;
        if (left == 0) {
            if (state == State.CHUNK) {
                state = State.END_OF_CHUNK;
            } else {
                complete();
            }
        }
        return to;
    }

    private void complete() {
        state = State.HEAD;
        sink.complete(status);
    }
}
