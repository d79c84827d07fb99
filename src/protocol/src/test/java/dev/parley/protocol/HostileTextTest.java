package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts that are designed to be expensive to parse: each gets one error, quickly. */
class HostileTextTest {
    private static final int FRAME = 64 * 1024;
    private static final int MESSAGE = 1024 * 1024;

    static Stream<Named<String>> hostileTexts() {
        return Stream.of(
                Named.of("open arrays", "[".repeat(FRAME)),
                Named.of("nested arrays", nested("[", "", "]", FRAME / 2)),
                Named.of("open objects", "{\"a\":".repeat(FRAME / 5)),
                Named.of("nested objects", nested("{\"a\":", "1", "}", FRAME / 6)),
                Named.of("open objects in arrays", "[{\"a\":".repeat(FRAME / 6)),
                Named.of("arrays in a field", "{\"type\":\"ping\",\"x\":" + nested("[", "", "]", FRAME / 2) + "}"),
                Named.of("objects in positions", nested("{\"type\":\"login\",\"positions\":", "1", "}", 2000)),
                Named.of("an integer of 100,000 digits", read("9".repeat(100_000))),
                Named.of("an integer of a megabyte", read("9".repeat(MESSAGE))),
                Named.of("a fraction of 100,000 digits", metric("0." + "9".repeat(100_000))),
                Named.of("an exponent of 100,000 digits", metric("1e" + "9".repeat(100_000))),
                Named.of("a huge exponent where a long belongs", read("1e400000000")),
                Named.of("a huge exponent where a double belongs", metric("1e400000000")),
                Named.of(
                        "a number of 41 digits in a field that nobody knows",
                        "{\"type\":\"ping\",\"x\":" + "9".repeat(41) + "}"),
                Named.of("4,097 members", "{\"type\":\"ping\"" + members(4_096) + "}"),
                Named.of("members of members", "{\"type\":\"ping\",\"x\":{\"y\":1" + members(4_096) + "}}"),
                Named.of("a huge exponent in an array", "[" + metric("1e400000000") + "]"),
                Named.of("a long number in an array", "[" + read("9".repeat(MESSAGE)) + "]"),
                Named.of("combining marks in a user name", login("a" + "\u0300\u0316".repeat(MESSAGE / 4))),
                Named.of("expanding ligatures in a user name", login("\uFDFA".repeat(MESSAGE / 3))),
                Named.of("a million elements", "[" + "1,".repeat(MESSAGE / 2) + "1]"),
                Named.of("a hundred thousand fields", "{\"type\":\"ping\"" + fields(100_000) + "}"),
                Named.of(
                        "a hundred thousand fields in a field",
                        "{\"type\":\"ping\",\"x\":{\"a\":1" + fields(100_000) + "}}"),
                Named.of("a field named by a megabyte", "{\"" + "x".repeat(MESSAGE) + "\":1}"),
                Named.of("an id of a megabyte", "{\"type\":\"ping\",\"id\":\"" + "x".repeat(MESSAGE) + "\"}"),
                Named.of("a type of a megabyte", "{\"type\":\"" + "x".repeat(MESSAGE) + "\"}"),
                Named.of("white space", " ".repeat(MESSAGE)));
    }

    private static String members(int count) {
        return IntStream.range(0, count).mapToObj(i -> ",\"m" + i + "\":1").collect(Collectors.joining());
    }

    @Test
    void fourThousandFieldsAreStillAccepted() {
        assertThat(MessageCodec.decode("{\"type\":\"ping\"" + members(4_095) + "}"))
                .singleElement()
                .isInstanceOf(Decoded.Valid.class);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileTexts")
    void hostileTextIsRejectedQuickly(String text) {
        List<Decoded> decoded = assertTimeoutPreemptively(Duration.ofSeconds(2), () -> MessageCodec.decode(text));

        assertThat(decoded).singleElement().isInstanceOfSatisfying(Decoded.Malformed.class, malformed -> assertThat(
                        malformed.reason())
                .hasSizeLessThan(300));
    }

    @Test
    void contentIsLimitedToAMegabyte() {
        assertThat(MessageCodec.decode(chat("x".repeat(MESSAGE))))
                .singleElement()
                .isInstanceOf(Decoded.Valid.class);
        assertThat(MessageCodec.decode(chat("x".repeat(MESSAGE + 1))))
                .singleElement()
                .isInstanceOfSatisfying(Decoded.Malformed.class, malformed -> assertThat(malformed.code())
                        .isEqualTo(ErrorCode.TOO_LONG));
    }

    private static String nested(String open, String inner, String close, int depth) {
        return open.repeat(depth) + inner + close.repeat(depth);
    }

    private static String fields(int count) {
        return IntStream.range(0, count).mapToObj(i -> ",\"k" + i + "\":1").collect(Collectors.joining());
    }

    private static String read(String seq) {
        return "{\"type\":\"read\",\"inbox\":true,\"seq\":" + seq + "}";
    }

    private static String metric(String value) {
        return "{\"type\":\"metric\",\"metricId\":\"m\",\"value\":" + value + "}";
    }

    private static String login(String username) {
        return "{\"type\":\"login\",\"username\":\"" + username + "\"}";
    }

    private static String chat(String content) {
        return "{\"type\":\"chat\",\"content\":\"" + content + "\"}";
    }
}
