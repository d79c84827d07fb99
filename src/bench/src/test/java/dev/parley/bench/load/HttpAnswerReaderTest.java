package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpAnswerReaderTest {
    private static final String ANSWERS = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            + "HTTP/1.1 204 No Content\r\n\r\n"
            + "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno"
            + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private final List<String> seen = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private final HttpAnswerReader reader = new HttpAnswerReader(new HttpAnswerReader.Sink() {
        @Override
        public void body(byte[] bytes, int from, int end) {
            body.append(new String(bytes, from, end - from, StandardCharsets.UTF_8));
        }

        @Override
        public void complete(int status) {
            seen.add(status + " " + body);
            body.setLength(0);
        }
    });

    @Test
    void answersMayComeInPiecesOfAnyLength() {
        byte[] bytes = ANSWERS.getBytes(StandardCharsets.UTF_8);
        for (int piece = 1; piece <= bytes.length; piece++) {
            seen.clear();
            for (int at = 0; at < bytes.length; at += piece) {
                reader.feed(bytes, at, Math.min(bytes.length, at + piece));
            }
            assertThat(seen)
                    .as("pieces of %d bytes", piece)
                    .containsExactly("200 hello", "204 ", "404 no", "200 wiki0123456789", "200 ");
        }
    }

    @Test
    void anEndlessBodyIsHandedOnAsItComes() {
        byte[] bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n: a\r\n2\r\nbc"
                .getBytes(StandardCharsets.UTF_8);
        reader.feed(bytes, 0, bytes.length);
        assertThat(body).hasToString(": abc");
        assertThat(seen).isEmpty();
    }
}
