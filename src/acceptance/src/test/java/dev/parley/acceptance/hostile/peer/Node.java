package dev.parley.acceptance.hostile.peer;

import dev.parley.acceptance.support.RawSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server under attack.
 *
 * @param http where it answers over HTTP
 * @param privateRoom one that is there, of {@link #OWNER}
 */
public record Node(URI http, String privateRoom) {
    /** Stands for the name of the private room in a row. */
    public static final String PRIVATE_ROOM = "{private room}";

    /** The only one who may know of it. */
    public static final String OWNER = "owner-of-a-room";

    /** Every row has users of its own, so that no row spends another one's rate. */
    private static final AtomicInteger USERS = new AtomicInteger();

    public static String newUser() {
        return "hostile-" + USERS.incrementAndGet();
    }

    /** What a row says, with the names of this node. */
    public String named(String text) {
        return text.replace(PRIVATE_ROOM, privateRoom);
    }

    public RawSocket connect() {
        return RawSocket.to(http);
    }

    /** A request without a body. */
    public RawSocket.Response post(String path, String token) {
        try (RawSocket raw = connect()) {
            raw.write(("POST " + path + " HTTP/1.1\r\nHost: " + http.getAuthority() + "\r\nAuthorization: Bearer "
                            + token + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            return raw.response("POST");
        }
    }

    /** A proper handshake, and nothing more. */
    public Peer upgraded(String path) {
        return new Peer(RawSocket.upgraded(http, path));
    }

    public Peer signedIn() {
        return signedIn(newUser());
    }

    /** A user with every role that there is for clients. */
    public Peer signedIn(String user) {
        Peer peer = upgraded("/chat");
        peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good(user, "user", "notify", "metrics") + "\"}");
        peer.next("welcome");
        return peer;
    }
}
