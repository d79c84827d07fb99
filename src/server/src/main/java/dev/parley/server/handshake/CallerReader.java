package dev.parley.server.handshake;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Optional;

/** Reads a {@link Caller} off a request, wherever HTTP is answered. */
public final class CallerReader {
    private CallerReader() {}

    public static Caller read(HttpServletRequest http, TrustedProxies proxies) {
        String host = Optional.ofNullable(http.getHeader("Host")).orElse(http.getServerName());
        return proxies.caller(
                new Caller(http.getRemoteAddr(), http.getScheme(), host),
                name -> Collections.list(http.getHeaders(name)));
    }
}
