package dev.parley.acceptance.hostile;

import dev.parley.acceptance.RawSocket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server under attack.
 *
 * @param http where it answers over HTTP
 */
record Node(URI http) {
    /** Every row has users of its own, so that no row spends another one's rate. */
    private static final AtomicInteger USERS = new AtomicInteger();

    static String newUser() {
        return "hostile-" + USERS.incrementAndGet();
    }

    RawSocket connect() {
        return RawSocket.to(http);
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
