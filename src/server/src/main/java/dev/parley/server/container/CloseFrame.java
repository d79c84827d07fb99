package dev.parley.server.container;

/** The close frame of a client, as far as it shows in the bytes of its connection (RFC 6455 sections 5.2 and 5.5.1). */
final class CloseFrame {
    /** The final and only fragment of a close. */
    private static final int FIRST = 0x88;

    private static final int MASKED = 0x80;
    /** Two bytes and the mask. */
    private static final int HEADER = 6;

    private static final int PAYLOAD_MAX = 125;

    private CloseFrame() {}

    /**
     * Whether these bytes end as a close frame does. Nothing follows one. Masked data may end so by chance, once in
     * some five hundred times.
     */
    static boolean endsIn(byte[] bytes, int offset, int length) {
        int longest = Math.min(PAYLOAD_MAX, length - HEADER);
        for (int payload = 0; payload <= longest; payload++) {
            int at = offset + length - payload - HEADER;
            if ((bytes[at] & 0xff) == FIRST && (bytes[at + 1] & 0xff) == (MASKED | payload)) {
                return true;
            }
        }
        return false;
    }
}
