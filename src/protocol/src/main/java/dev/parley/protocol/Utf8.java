package dev.parley.protocol;

/** Sizes on the wire. */
public final class Utf8 {
    private Utf8() {}

    /** Bytes of a text in UTF-8, without encoding it: half a surrogate pair counts two, so that pairs may be cut in two. */
    public static int length(CharSequence text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0x7F) {
                length += c > 0x7FF && !Character.isSurrogate(c) ? 2 : 1;
            }
        }
        return length;
    }
}
