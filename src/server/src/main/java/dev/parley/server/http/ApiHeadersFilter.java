package dev.parley.server.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Refuses malformed headers with 400. Implementations of JAX-RS answer them with 500 and a stack trace, and RESTEasy
 * parses them before it calls any JAX-RS filter. Hides all cookies for the same reason.
 */
public class ApiHeadersFilter implements Filter {
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        Optional<String> fault =
                fault(Collections.list(http.getHeaders("Accept")), Collections.list(http.getHeaders("Content-Type")));
        if (fault.isPresent()) {
            ProblemWriter.write(
                    Problem.of(400, ErrorCode.BAD_MESSAGE.wireName(), fault.get()), (HttpServletResponse) response);
        } else {
            chain.doFilter(new WithoutCookies(http), response);
        }
    }

    /** The error, as a sentence for people; empty if the headers are valid. */
    static Optional<String> fault(List<String> accepts, List<String> contentTypes) {
        Optional<String> accept =
                accepts.stream().filter(value -> !MediaTypeSyntax.isList(value)).findFirst();
        if (accept.isPresent()) {
            return accept.map(value -> "The header Accept must list media types, such as application/json;q=0.9, but"
                    + " is '" + Field.shown(value) + "'.");
        }
        if (contentTypes.size() > 1) {
            return Optional.of(
                    "The header Content-Type must stand once, but stands " + contentTypes.size() + " times.");
        }
        return contentTypes.stream()
                .filter(value -> !value.isBlank() && !MediaTypeSyntax.isOne(value))
                .findFirst()
                .map(value -> "The header Content-Type must be a media type, such as application/json, but is '"
                        + Field.shown(value) + "'.");
    }

    /** Hides the cookies, which Parley never reads. */
    private static final class WithoutCookies extends HttpServletRequestWrapper {
        WithoutCookies(HttpServletRequest request) {
            super(request);
        }

        @Override
        public Cookie[] getCookies() {
            return null;
        }
    }
}
