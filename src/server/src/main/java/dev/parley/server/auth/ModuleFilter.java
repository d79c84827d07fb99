package dev.parley.server.auth;

import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.TrustedProxies;
import jakarta.inject.Inject;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;

/**
 * Lets pages of the allowed origins import the modules of the browser library: a browser loads a module from another
 * host only if the response allows the page's origin (Fetch Standard, section 3.2). Every module is revalidated before
 * it is used, so that those of two versions never run together; the server's own {@code ETag} or {@code Last-Modified}
 * makes that a 304.
 */
public class ModuleFilter implements Filter {
    @Inject
    private AllowedOrigins origins;

    @Inject
    private TrustedProxies proxies;

    /** For CDI. */
    public ModuleFilter() {}

    ModuleFilter(AllowedOrigins origins, TrustedProxies proxies) {
        this.origins = origins;
        this.proxies = proxies;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        HttpServletResponse answer = (HttpServletResponse) response;
        answer.setHeader("Cache-Control", "no-cache");
        // Also without an Origin: a cache must not give that response to a page of another host.
        answer.setHeader("Vary", "Origin");
        List<String> named = Collections.list(http.getHeaders("Origin"));
        if (!named.isEmpty()
                && origins.isAllowed(
                        named, ClientAddressReader.read(http, proxies).origin())) {
            answer.setHeader("Access-Control-Allow-Origin", named.get(0));
        }
        chain.doFilter(request, response);
    }
}
