package dev.parley.acceptance.hostile.peer;

/** What a hostile input gets: exactly one of these. */
public sealed interface Answer {
    /** @param code of the problem document; empty where the container answered by itself, without one */
    record Http(int status, String code) implements Answer {}

    /** 101. @param chosen what the server chose of the subprotocols and extensions that were offered */
    record Upgraded(String chosen) implements Answer {}

    /** The session goes on. @param words types of the answers in their order, errors by their code */
    record Told(String words) implements Answer {}

    /** @param told errors before the close frame, by their code */
    record Closed(int code, String told) implements Answer {}

    /** The connection ends without a close frame. */
    record Ended() implements Answer {}

    /** What a row found out by itself. */
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
