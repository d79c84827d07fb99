package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.websocket.CloseReason;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.security.Principal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/** A container's session that records the calls of its methods. A call of an unexpected method fails. */
final class RecordingWebSocket {
    final Map<String, Object> userProperties = new HashMap<>();
    /** The names of all called methods. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    volatile Optional<Principal> principal = Optional.empty();
    final List<String> sent = new CopyOnWriteArrayList<>();
    final List<Long> idleTimeouts = new CopyOnWriteArrayList<>();
    volatile Optional<String> subprotocol = Optional.empty();
    volatile Optional<Integer> closeCode = Optional.empty();
    volatile boolean isBroken;
    /** The connection below the session, which only Undertow gives. */
    final Channel channel = new OpenChannel();
    /** The connection below the session, which only Open Liberty has. */
    final Link link = new Link();
    /** By the peer or the container. */
    volatile boolean isEnded;

    private final RemoteEndpoint.Async remote = proxy(RemoteEndpoint.Async.class, this::remote);

    Session session() {
        return proxy(Session.class, this::session);
    }

    /** A session with the method of Undertow's that gives its connection. */
    public interface UndertowSession extends Session {
        Channel getWebSocketChannel();
    }

    Session undertowSession() {
        return proxy(UndertowSession.class, this::session);
    }

    /** A session with the method of Open Liberty's that leads to its connection. */
    public interface LibertySession extends Session {
        LibertyImplementation getSessionImpl();
    }

    Session libertySession() {
        return proxy(LibertySession.class, this::session);
    }

    private Object session(String method, Object[] arguments) {
        if (method.equals("getUserPrincipal")) {
            // No call that could have an effect.
            return principal.orElse(null);
        }
        calls.add(method);
        switch (method) {
            case "getUserProperties":
                return userProperties;
            case "getNegotiatedSubprotocol":
                return subprotocol.orElse("");
            case "getWebSocketChannel":
                return channel;
            case "getSessionImpl":
                return new LibertyImplementation(link);
            case "isOpen":
                return !isEnded && closeCode.isEmpty();
            case "getAsyncRemote":
                return remote;
            case "setMaxIdleTimeout":
                idleTimeouts.add((Long) arguments[0]);
                if (isBroken) {
                    throw new IllegalStateException("The session is closed.");
                }
                return null;
            case "close":
                closeCode = Optional.of(
                        arguments == null
                                ? CloseReason.CloseCodes.CLOSED_ABNORMALLY.getCode()
                                : ((CloseReason) arguments[0]).getCloseCode().getCode());
                return null;
            default:
                throw new UnsupportedOperationException(method);
        }
    }

    private Object remote(String method, Object[] arguments) {
        if (isBroken) {
            throw new IllegalStateException("The session is closed.");
        }
        switch (method) {
            case "sendText":
                sent.add((String) arguments[0]);
                ((SendHandler) arguments[1]).onResult(new SendResult());
                return null;
            case "sendBinary":
                ByteBuffer frame = (ByteBuffer) arguments[0];
                sent.add("binary of " + frame.remaining());
                ((SendHandler) arguments[1]).onResult(new SendResult());
                return null;
            case "sendPing":
                return null;
            default:
                throw new UnsupportedOperationException(method);
        }
    }

    /** Public, as the connection's class is in Undertow. */
    public static final class OpenChannel implements Channel {
        private volatile boolean isOpen = true;

        /** The thread that reads from the connection. */
        public Executor getIoThread() {
            return Runnable::run;
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public void close() {
            isOpen = false;
        }
    }

    /** The field is not public, as in Open Liberty. */
    public static final class LibertyImplementation {
        private final Link connLink;

        LibertyImplementation(Link connLink) {
            this.connLink = connLink;
        }
    }

    /** The connection of Open Liberty. */
    public static final class Link {
        public volatile String writeLinkStatus = "OK_TO_WRITE";
        volatile String status = "IO_OK";

        public Object getLinkStatus() {
            return status;
        }

        public void closeUsingSession(CloseReason reason, boolean isAnswerAwaited, boolean isConnectionClosed) {
            assertThat(isConnectionClosed).isTrue();
            status = "CLOSED";
        }
    }

    private interface Answer {
        Object to(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answer.to(method.getName(), arguments)));
    }
}
