package dev.parley.server.api.messages;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/** One asynchronous response, as a container keeps it, with a reader that may stop reading. */
final class StreamExchange {
    final Map<String, String> headers = new HashMap<>();
    final Queue<Runnable> tasks = new ArrayDeque<>();
    int status;
    boolean isReady = true;
    boolean isBroken;
    int completions;
    int flushes;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int taken;

    private final ServletOutputStream out = new ServletOutputStream() {
        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException("The filter sets it.");
        }

        @Override
        public void write(int b) throws IOException {
            if (isBroken) {
                throw new IOException("The peer is gone.");
            }
            if (!isReady) {
                throw new IllegalStateException("Not ready.");
            }
            body.write(b);
        }

        @Override
        public void flush() {
            flushes++;
        }
    };

    AsyncContext async() {
        return proxy(AsyncContext.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getRequest" -> null;
            case "getResponse" -> response();
            case "complete" -> {
                completions++;
                yield null;
            }
            default -> throw new UnsupportedOperationException(method.toString());
        });
    }

    private HttpServletResponse response() {
        return proxy(HttpServletResponse.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "getOutputStream" -> out;
            case "setStatus" -> {
                status = (int) arguments[0];
                yield null;
            }
            case "setContentType" -> headers.put("Content-Type", (String) arguments[0]);
            case "setHeader" -> headers.put((String) arguments[0], (String) arguments[1]);
            default -> throw new UnsupportedOperationException(method.toString());
        });
    }

    void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    /** What was written since the last call. */
    String take() {
        String all = body.toString(StandardCharsets.UTF_8);
        String fresh = all.substring(taken);
        taken = all.length();
        return fresh;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
