package dev.parley.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.http.TrustedProxies;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleFilterTest {
    private static final String LISTED = "https://shop.example";

    private final Map<String, Object> headers = new TreeMap<>();

    private Map<String, Object> answer(String... origins) throws Exception {
        HttpServletRequest request =
                proxy(HttpServletRequest.class, (proxy, called, arguments) -> switch (called.getName()) {
                    case "getHeaders" ->
                        Collections.enumeration(arguments[0].equals("Origin") ? List.of(origins) : List.of());
                    case "getHeader", "getServerName" -> "chat.example";
                    case "getRemoteAddr" -> "192.0.2.1";
                    case "getScheme" -> "https";
                    default -> throw new UnsupportedOperationException(called.toString());
                });
        HttpServletResponse response = proxy(HttpServletResponse.class, (proxy, called, arguments) -> {
            assertThat(called.getName()).isEqualTo("setHeader");
            headers.put((String) arguments[0], arguments[1]);
            return null;
        });
        boolean[] isPassed = {false};
        new ModuleFilter(new AllowedOrigins(List.of("self", LISTED), false), new TrustedProxies(List.of()))
                .doFilter(request, response, (passed, to) -> isPassed[0] = true);
        assertThat(isPassed[0]).isTrue();
        return headers;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(ModuleFilterTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @ParameterizedTest
    @CsvSource({LISTED, "https://chat.example"})
    void allowedOriginMayImport(String origin) throws Exception {
        assertThat(answer(origin)).containsEntry("Access-Control-Allow-Origin", origin);
    }

    @ParameterizedTest
    @CsvSource({"https://evil.example", "http://shop.example", "https://shop.example:8443", "null", "*"})
    void otherOriginsGetNoPermission(String origin) throws Exception {
        assertThat(answer(origin)).doesNotContainKey("Access-Control-Allow-Origin");
    }

    @Test
    void severalOriginsAreNone() throws Exception {
        assertThat(answer(LISTED, LISTED)).doesNotContainKey("Access-Control-Allow-Origin");
    }

    @Test
    void everyAnswerIsRevalidatedAndDependsOnTheOrigin() throws Exception {
        assertThat(answer()).isEqualTo(Map.of("Cache-Control", "no-cache", "Vary", "Origin"));
    }
}
