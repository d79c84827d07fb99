package dev.parley.server.http;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;

/**
 * Refuses every method but GET and HEAD outside {@code /api}. The servers' own servlets for files differ: GlassFish
 * answers POST with the page, OPTIONS with 200, PUT with 403 and PATCH with 501. The default of servlets for TRACE
 * would echo the request with its credentials; within {@code /api} JAX-RS, which knows no TRACE, refuses it.
 *
 * <p>It runs after the filter for handshakes, which has an answer of its own to other methods, and for REQUEST only:
 * the server dispatches a refused POST to the error page as a POST.
 */
public class ReadOnlyFilter implements Filter {
    /** The answer to any other method. */
    static final Problem METHOD_NOT_ALLOWED = Problem.ofStatus(405).with("Allow", "GET, HEAD");

    private static final Set<String> READING = Set.of("GET", "HEAD");

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        if (READING.contains(http.getMethod()) || isApi(RequestPath.of(http))) {
            chain.doFilter(request, response);
        } else {
            ProblemWriter.write(METHOD_NOT_ALLOWED, (HttpServletResponse) response);
        }
    }

    private static boolean isApi(String path) {
        return path.equals("/api") || path.startsWith("/api/");
    }
}
