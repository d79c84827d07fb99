package dev.parley.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * A numbered mark inside a message: two characters, then the number in 12 digits. A reader finds it in the received
 * bytes without decoding them, whatever the protocol around it is.
 */
public enum Marker {
    /** Begins the content of a load message. */
    CONTENT('@', '#'),
    /** Begins the id of a load message, which an acknowledgement repeats; characters that an id may have. */
    ID('_', '-');

    private static final int DIGITS = 12;
    /** Bytes of a mark. */
    static final int LENGTH = 2 + DIGITS;

    private static final String FILL = "x".repeat(100 - LENGTH);

    private final char one;
    private final char two;

    Marker(char one, char two) {
        this.one = one;
        this.two = two;
    }

    /** The mark of a number: 14 ASCII characters. */
    public String of(long number) {
        String digits = Long.toString(number);
        return one + (two + "0".repeat(DIGITS - digits.length()) + digits);
    }

    /** The content of a load message: 100 ASCII characters. */
    public static String content(long number) {
        return CONTENT.of(number) + FILL;
    }

    /** Whether a mark stands at this index. */
    boolean isAt(byte[] bytes, int index, int end) {
        return index + LENGTH <= end && bytes[index] == one && bytes[index + 1] == two;
    }

    /** The index of the first mark from this index on; -1 if there is none. */
    int find(byte[] bytes, int from, int end) {
        for (int i = from; i <= end - LENGTH; i++) {
            if (bytes[i] == one && bytes[i + 1] == two) {
                return i;
            }
        }
        return -1;
    }

    /** The number of the first mark in a text from this index on; empty if there is none. */
    public OptionalLong numberIn(String text, int from) {
        int at = text.indexOf("" + one + two, from);
        return at < 0 || at + LENGTH > text.length()
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(text, at + 2, at + LENGTH, 10));
    }

    /** The number of the mark at this index. */
    static long number(byte[] bytes, int index) {
        long number = 0;
        for (int i = index + 2; i < index + LENGTH; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                throw new IllegalStateException(
                        "Not a number: " + new String(bytes, index, LENGTH, StandardCharsets.ISO_8859_1));
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
