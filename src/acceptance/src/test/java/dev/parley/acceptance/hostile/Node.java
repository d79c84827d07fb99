package dev.parley.acceptance.hostile;

import dev.parley.acceptance.RawSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server under attack.
 *
 * @param http where it answers over HTTP
 * @param privateRoom one that is there, of {@link #OWNER}
 */
record Node(URI http, String privateRoom) {
    /** Stands for the name of the private room in a row. */
    static final String PRIVATE_ROOM = "{private room}";

    /** The only one who may know of it. */
    static final String OWNER = "owner-of-a-room";

    /** Every row has users of its own, so that no row spends another one's rate. */
    private static final AtomicInteger USERS = new AtomicInteger();

    static String newUser() {
        return "hostile-" + USERS.incrementAndGet();
    }

    /** What a row says, with the names of this node. */
    String named(String text) {
        return text.replace(PRIVATE_ROOM, privateRoom);
    }

    RawSocket connect() {
        return RawSocket.to(http);
    }

    /** A request without a body. */
    RawSocket.Response post(String path, String token) {
        try (RawSocket raw = connect()) {
            raw.write(("POST " + path + " HTTP/1.1\r\nHost: " + http.getAuthority() + "\r\nAuthorization: Bearer "
                            + token + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            return raw.response("POST");
        }
    }

    /** A proper handshake, and nothing more. */
    Peer upgraded(String path) {
        return new Peer(RawSocket.upgraded(http, path));
    }

    Peer signedIn() {
        return signedIn(newUser());
    }

    /** A user with every role that there is for clients. */
    Peer signedIn(String user) {
        Peer peer = upgraded("/chat");
        peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good(user, "user", "notify", "metrics") + "\"}");
        peer.next("welcome");
        return peer;
    }
}
