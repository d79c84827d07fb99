package dev.parley.server.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** Reads the path of a request within the application. */
public final class RequestPath {
    private RequestPath() {}

    /**
     * The decoded path without the context path, the query and path parameters, such as {@code /api/rooms}. Servers
     * divide it between the servlet path and the path info in different ways: where no servlet is mapped, Open Liberty
     * has all of it in the path info.
     */
    public static String of(HttpServletRequest request) {
        return request.getServletPath()
                + Optional.ofNullable(request.getPathInfo()).orElse("");
    }

    /**
     * Whether the request is for the context root, with or without the slash at its end. By the address as it was sent:
     * the path above may be that of the welcome file.
     */
    public static boolean isRoot(HttpServletRequest request) {
        String root = request.getContextPath();
        return request.getRequestURI().equals(root) || request.getRequestURI().equals(root + "/");
    }
}
