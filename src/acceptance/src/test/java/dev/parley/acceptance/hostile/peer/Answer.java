package dev.parley.acceptance.hostile.peer;

/** The server's answer to a hostile input. */
public sealed interface Answer {
    /**
     * An HTTP answer.
     *
     * @param code code of the problem document; empty if the container answered without one
     */
    record Http(int status, String code) implements Answer {}

    /**
     * HTTP 101.
     *
     * @param chosen the subprotocol and extensions that the server has chosen
     */
    record Upgraded(String chosen) implements Answer {}

    /**
     * The session stays open.
     *
     * @param words types of the answers in order; the code for errors
     */
    record Told(String words) implements Answer {}

    /**
     * A close frame.
     *
     * @param told codes of the errors before it
     */
    record Closed(int code, String told) implements Answer {}

    /** The connection ends without a close frame. */
    record Ended() implements Answer {}

    /** A result that the row itself determines. */
    record Seen(String what) implements Answer {}

    static Answer http(int status) {
        return new Http(status, "");
    }

    static Answer http(int status, String code) {
        return new Http(status, code);
    }

    static Answer upgraded() {
        return new Upgraded("");
    }

    static Answer told(String words) {
        return new Told(words);
    }

    static Answer closed(int code) {
        return new Closed(code, "");
    }

    static Answer closed(int code, String told) {
        return new Closed(code, told);
    }

    static Answer ended() {
        return new Ended();
    }

    static Answer seen(String what) {
        return new Seen(what);
    }
}
