package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadOnlyFilterTest {
    private final TreeMap<String, Object> answer = new TreeMap<>();

    /** Returns whether the request was passed on. */
    private boolean passes(String method, String servletPath, String pathInfo) throws IOException, ServletException {
        HttpServletRequest request =
                proxy(HttpServletRequest.class, (proxy, called, arguments) -> switch (called.getName()) {
                    case "getMethod" -> method;
                    case "getServletPath" -> servletPath;
                    case "getPathInfo" -> pathInfo;
                    default -> throw new UnsupportedOperationException(called.toString());
                });
        StringWriter body = new StringWriter();
        HttpServletResponse response = proxy(HttpServletResponse.class, (proxy, called, arguments) -> {
            switch (called.getName()) {
                case "setStatus" -> answer.put("status", arguments[0]);
                case "setHeader" -> answer.put((String) arguments[0], arguments[1]);
                case "setContentType", "setCharacterEncoding" -> {}
                case "getWriter" -> {
                    return new PrintWriter(body);
                }
                default -> throw new UnsupportedOperationException(called.toString());
            }
            return null;
        });
        boolean[] isPassed = {false};
        FilterChain chain = (passed, to) -> {
            assertThat(passed).isSameAs(request);
            assertThat(to).isSameAs(response);
            isPassed[0] = true;
        };
        new ReadOnlyFilter().doFilter(request, response, chain);
        return isPassed[0];
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(ReadOnlyFilterTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"})
    void otherMethodsAreRefusedOutsideTheApi(String method) throws Exception {
        assertThat(passes(method, "/index.html", null)).isFalse();
        assertThat(answer).containsEntry("status", 405).containsEntry("Allow", "GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void readingIsPassedOn(String method) throws Exception {
        assertThat(passes(method, "/index.html", null)).isTrue();
        assertThat(passes(method, "", "/nothing")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"/api, /rooms", "/api/rooms,", "'', /api/rooms", "/api,"})
    void apiDecidesOnItsMethodsItself(String servletPath, String pathInfo) throws Exception {
        assertThat(passes("POST", servletPath, pathInfo)).isTrue();
    }

    @Test
    void pathsThatOnlyBeginLikeTheApiAreNotTheApi() throws Exception {
        assertThat(passes("POST", "/apis", null)).isFalse();
        assertThat(passes("POST", "", "/apis")).isFalse();
        assertThat(passes("POST", "/pages", "/api/rooms")).isFalse();
    }
}
