package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeferredReadingTest {
    private final List<DeferredReading> upgraded = new ArrayList<>();

    /** As the container's, which makes the handler. */
    private final HttpServletRequest request = (HttpServletRequest) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {HttpServletRequest.class}, (proxy, method, arguments) -> {
                assertThat(method.getName()).isEqualTo("upgrade");
                assertThat(arguments).containsExactly(DeferredReading.class);
                upgraded.add(new DeferredReading());
                return upgraded.get(0);
            });

    /** As Tyrus': it cannot be told of data before its init has returned. */
    public static final class SelfListening implements HttpUpgradeHandler, ReadListener {
        private final List<String> calls = new ArrayList<>();
        private ServletInputStream input;

        @Override
        public void init(WebConnection connection) {
            try {
                input = connection.getInputStream();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            input.setReadListener(this);
            calls.add("init has ended");
        }

        @Override
        public void onDataAvailable() throws IOException {
            byte[] all = new byte[input.available()];
            calls.add("read " + input.read(all) + " bytes: " + new String(all) + ", ready " + input.isReady());
        }

        @Override
        public void onAllDataRead() {
            throw new IllegalStateException("not in this test");
        }

        @Override
        public void onError(Throwable failure) {
            throw new IllegalStateException("not in this test", failure);
        }

        @Override
        public void destroy() {
            calls.add("destroyed");
        }
    }

    /** As the container's: it calls a listener inside {@code setReadListener} if there is data. */
    private static final class Data extends ServletInputStream {
        private final byte[] data;
        private int at;

        Data(String data) {
            this.data = data.getBytes();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            try {
                listener.onDataAvailable();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int available() {
            return data.length - at;
        }

        @Override
        public int read() {
            return data[at++];
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            System.arraycopy(data, at, bytes, offset, length);
            at += length;
            return length;
        }

        @Override
        public boolean isReady() {
            return available() > 0;
        }

        @Override
        public boolean isFinished() {
            return false;
        }
    }

    @SuppressWarnings("try") // The interface declares close() so.
    private record Connected(ServletInputStream getInputStream) implements WebConnection {
        @Override
        public ServletOutputStream getOutputStream() {
            throw new IllegalStateException("not in this test");
        }

        @Override
        public void close() {}
    }

    @Test
    void handlerIsToldOfDataAfterItsInit() throws Exception {
        SelfListening handler = DeferredReading.upgrade(request, SelfListening.class);
        upgraded.get(0).init(new Connected(new Data("early")));

        assertThat(handler.calls).containsExactly("init has ended", "read 5 bytes: early, ready false");
        upgraded.get(0).destroy();
        assertThat(handler.calls).endsWith("destroyed");
    }

    @Test
    void connectionThatHasEndedWithinTheInitIsNoFailure() throws Exception {
        SelfListening handler = DeferredReading.upgrade(request, SelfListening.class);
        upgraded.get(0).init(new Connected(new ServletInputStream() {
            @Override
            public void setReadListener(ReadListener listener) {
                throw new IllegalStateException("expected by this test: the connection has ended");
            }

            @Override
            public int read() {
                return -1;
            }

            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public boolean isFinished() {
                return true;
            }
        }));
        assertThat(handler.calls).containsExactly("init has ended");
    }

    @Test
    void onlyHandlersThatListenThemselvesNeedIt() {
        assertThat(DeferredReading.isNeeded(SelfListening.class)).isTrue();
        assertThat(DeferredReading.isNeeded(DeferredReading.class)).isFalse();
    }

    /** Private, so that nobody can create it. */
    private static final class Hidden implements HttpUpgradeHandler {
        @Override
        public void init(WebConnection connection) {
            throw new IllegalStateException("not in this test");
        }

        @Override
        public void destroy() {
            throw new IllegalStateException("not in this test");
        }
    }

    @Test
    void handlerThatCannotBeCreatedIsNamed() {
        assertThatThrownBy(() -> DeferredReading.upgrade(request, Hidden.class))
                .isInstanceOf(ServletException.class)
                .hasMessageContaining(Hidden.class.getName());
    }
}
