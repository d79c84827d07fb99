package dev.parley.server.http;

import dev.parley.protocol.ErrorCode;
import jakarta.inject.Inject;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Adds the security headers, which make browsers refuse what Parley's pages never do, so that content injected into a
 * page cannot do it either. Every response carries them, even upgrades: the filter does not know yet whether an upgrade
 * will be refused.
 */
public class PageHeadersFilter implements Filter {
    static final Map<String, String> HEADERS = Map.of(
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");

    /** One year. Without subdomains, which may belong to others. */
    private static final String STRICT_TRANSPORT_SECURITY = "max-age=31536000";

    /**
     * Chromium keeps at most 180 cookies per site, other browsers fewer. Undertow has the same bound, but answers 500.
     */
    private static final int COOKIES_MAX = 200;

    private static final Problem TOO_MANY_COOKIES = Problem.of(
            400,
            ErrorCode.BAD_MESSAGE.wireName(),
            "The request brings more than " + COOKIES_MAX + " cookies; Parley needs none.");

    @Inject
    private TrustedProxies proxies;

    private String contentSecurityPolicy;

    /**
     * No inline content but the import maps of the pages, and nothing from another host. 'self' covers the WebSocket
     * too (CSP Level 3, section 6.7.2.8).
     *
     * @param importMaps hash sources
     */
    static String contentSecurityPolicy(SortedSet<String> importMaps) {
        return String.join(
                "; ",
                "default-src 'none'",
                Stream.concat(Stream.of("script-src 'self'"), importMaps.stream())
                        .collect(Collectors.joining(" ")),
                "style-src 'self'",
                "img-src 'self'",
                "font-src 'self'",
                "connect-src 'self'",
                "worker-src 'self'",
                "manifest-src 'self'",
                "object-src 'none'",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'");
    }

    @Override
    public void init(FilterConfig config) {
        contentSecurityPolicy = contentSecurityPolicy(ImportMaps.sources(config.getServletContext()));
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        HttpServletResponse answer = (HttpServletResponse) response;
        HEADERS.forEach(answer::setHeader);
        answer.setHeader("Content-Security-Policy", contentSecurityPolicy);
        if (ClientAddressReader.read(http, proxies).isSecure()) {
            answer.setHeader("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY);
        }
        if (cookies(http) > COOKIES_MAX) {
            ProblemWriter.write(TOO_MANY_COOKIES, answer);
            return;
        }
        chain.doFilter(request, response);
    }

    /**
     * Counts the cookies without parsing them: the parsers of some servers fail on some cookies, and Parley reads none.
     */
    private static long cookies(HttpServletRequest http) {
        return Collections.list(http.getHeaders("Cookie")).stream()
                .mapToLong(header -> 1 + header.chars().filter(c -> c == ';').count())
                .sum();
    }
}
