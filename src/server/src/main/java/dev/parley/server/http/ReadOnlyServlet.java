package dev.parley.server.http;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** A servlet that only serves reads. {@link HttpServlet} would announce TRACE, which is refused everywhere. */
public abstract class ReadOnlyServlet extends HttpServlet {
    static final String ALLOW = "GET, HEAD, OPTIONS";

    private static final long serialVersionUID = 1L;

    @Override
    protected final void doOptions(HttpServletRequest request, HttpServletResponse response) {
        response.setHeader("Allow", ALLOW);
    }
}
