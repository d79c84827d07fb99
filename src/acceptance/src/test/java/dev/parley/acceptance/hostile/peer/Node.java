package dev.parley.acceptance.hostile.peer;

import dev.parley.acceptance.support.HttpHandshake;
import dev.parley.acceptance.support.RawSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server under attack.
 *
 * @param http its URL
 * @param privateRoom an existing private room of {@link #OWNER}
 */
public record Node(URI http, String privateRoom) {
    /** Stands for the name of the private room in a row. */
    public static final String PRIVATE_ROOM = "{private room}";

    /** The only user that may know the room. */
    public static final String OWNER = "owner-of-a-room";

    /** Every row has its own users, so that rows do not share rate limits. */
    private static final AtomicInteger USERS = new AtomicInteger();

    public static String newUser() {
        return "hostile-" + USERS.incrementAndGet();
    }

    /** The text of a row, with the names of this node. */
    public String named(String text) {
        return text.replace(PRIVATE_ROOM, privateRoom);
    }

    public RawSocket connect() {
        return RawSocket.to(http);
    }

    /** A request without a body. */
    public HttpHandshake.Response post(String path, String token) {
        try (RawSocket raw = connect()) {
            raw.write(("POST " + path + " HTTP/1.1\r\nHost: " + http.getAuthority() + "\r\nAuthorization: Bearer "
                            + token + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            return raw.response("POST");
        }
    }

    /** Performs a correct handshake without a login. */
    public Peer upgraded(String path) {
        return new Peer(RawSocket.upgraded(http, path));
    }

    public Peer signedIn() {
        return signedIn(newUser());
    }

    /** Connects and signs in as a user with all roles for clients. */
    public Peer signedIn(String user) {
        Peer peer = upgraded("/chat");
        peer.text("{\"type\":\"login\",\"token\":\"" + Jws.good(user, "user", "notify", "metrics") + "\"}");
        peer.next("welcome");
        return peer;
    }
}
