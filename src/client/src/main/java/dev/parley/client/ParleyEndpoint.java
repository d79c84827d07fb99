package dev.parley.client;

import dev.parley.client.internal.inbound.InboundBinary;
import dev.parley.client.internal.transport.HiddenContainers;
import dev.parley.client.internal.transport.InboundFrame;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ServerMessage;
import jakarta.websocket.ClientEndpoint;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * One connection to a Parley server, for any Jakarta WebSocket container. It encodes and decodes messages, bounds
 * frames, and reports the end; the container answers pings. It does not reconnect and sends nothing again:
 * {@link ParleyClient}, which uses this class, does.
 *
 * <pre>
 * ParleyEndpoint endpoint = new ParleyEndpoint(frame -&gt; frame.messages().forEach(System.out::println));
 * container.connectToServer(endpoint, URI.create("wss://chat.example/chat?ticket=" + ticket));
 * endpoint.send(new ClientMessage.Login(
 *         Optional.of("1"), Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Optional.empty(),
 *         Optional.empty()));
 * </pre>
 *
 * <p>The credential is a ticket in the URI, or the token of the login. An object serves one connection. Its coders are
 * those that the annotation of its class names. A subclass needs an annotation of its own.
 *
 * <p>Thread rule: any thread may call {@link #send}, {@link #close} and {@link #isOpen}. The container calls the other
 * methods, one at a time.
 */
@ClientEndpoint(
        subprotocols = ServerMessage.Welcome.PROTOCOL,
        encoders = ClientMessageEncoder.class,
        decoders = ServerFrameDecoder.class)
public class ParleyEndpoint {
    /** Default maximum of bytes in a frame from the server. */
    public static final int FRAME_MAX = 8 * 1024 * 1024;

    private static final Logger LOG = System.getLogger(ParleyEndpoint.class.getName());

    /** Milliseconds until the connection ends if the server does not answer the close frame. */
    private static final long LINGER_MILLIS = 2_000;

    private static final CloseReason DONE = new CloseReason(CloseCodes.NORMAL_CLOSURE, "");

    /** Closes the session of an endpoint that has ended. A container's close may block. */
    @FunctionalInterface
    public interface SessionCloser {
        /** @param session the session, perhaps closed already; empty if it has not been opened */
        void close(Optional<Session> session, CloseReason reason);
    }

    private final EndpointListener listener;
    private final InboundFrame text;
    private final InboundBinary binary;
    private final SessionCloser closer;
    private final Function<ClientMessage, String> encoder = EndpointCoders.encoder(getClass());
    private final Decoder.Text<ServerFrame> decoder = EndpointCoders.decoder(getClass());
    private final AtomicBoolean hasEnded = new AtomicBoolean();
    private final CompletableFuture<Session> opening = new CompletableFuture<>();
    private volatile Optional<Session> session = Optional.empty();

    /**
     * For containers that scan classes: an endpoint class must have this constructor (Jakarta WebSocket 2.1 section
     * 4.2). The endpoint ignores all frames.
     */
    public ParleyEndpoint() {
        this(frame -> {});
    }

    public ParleyEndpoint(EndpointListener listener) {
        this(listener, FRAME_MAX);
    }

    /**
     * @param frameMax maximum bytes of a frame from the server; a longer one ends the connection, or is dropped if it
     *     is binary
     */
    public ParleyEndpoint(EndpointListener listener, int frameMax) {
        this(listener, frameMax, ParleyEndpoint::closeOnThisThread);
    }

    /** @param closer replaces the close on the thread that ends the endpoint */
    public ParleyEndpoint(EndpointListener listener, int frameMax, SessionCloser closer) {
        this.listener = listener;
        this.text = new InboundFrame(frameMax);
        this.binary = new InboundBinary(frameMax);
        this.closer = closer;
    }

    @OnOpen
    public final void onOpen(Session opened) {
        session = Optional.of(opened);
        if (hasEnded.get()) {
            // It was closed before it opened.
            closer.close(session, DONE);
        } else {
            opening.complete(opened);
            listener.opened();
        }
    }

    @OnMessage
    public final void onText(String part, boolean isLast) {
        if (hasEnded.get()) {
            return;
        }
        text.add(part, isLast).ifPresent(whole -> received(whole.text()));
        if (text.isSpent()) {
            end(CloseCode.ABNORMAL, "The server sent a frame that is longer than allowed here.");
        }
    }

    private void received(String whole) {
        ServerFrame frame;
        try {
            frame = decoder.decode(whole);
        } catch (DecodeException e) {
            onError(e);
            return;
        }
        call(() -> listener.received(frame));
    }

    private void call(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            if (hasEnded.get()) {
                LOG.log(Level.DEBUG, "The listener failed after it had closed the connection.", e);
            } else {
                listener.failed(e);
            }
        }
    }

    @OnMessage
    public final void onBinary(ByteBuffer part, boolean isLast) {
        if (hasEnded.get()) {
            return;
        }
        InboundBinary.Result result = binary.add(part, isLast);
        if (result instanceof InboundBinary.Result.Whole whole) {
            call(() -> listener.binary(whole.frame()));
        } else if (result instanceof InboundBinary.Result.Dropped) {
            call(listener::binaryIgnored);
        }
    }

    @OnClose
    public final void onClose(CloseReason reason) {
        int code = reason.getCloseCode().getCode();
        String phrase = Optional.ofNullable(reason.getReasonPhrase()).orElse("");
        OptionalInt refused = code == CloseCode.PROTOCOL_ERROR.number()
                ? HiddenContainers.refusedCloseCode(phrase)
                : OptionalInt.empty();
        if (refused.isPresent()) {
            end(refused.getAsInt(), "");
        } else {
            end(code, phrase);
        }
    }

    @OnError
    public final void onError(Throwable failure) {
        if (hasEnded.get()) {
            LOG.log(Level.DEBUG, "An error after the end.", failure);
            return;
        }
        OptionalInt refused = HiddenContainers.refusedCloseCode(String.valueOf(failure.getMessage()));
        if (refused.isPresent()) {
            // Not a failure: the container reports the server's close frame as one.
            end(refused.getAsInt(), "");
            return;
        }
        try {
            listener.failed(failure);
        } finally {
            end(CloseCode.ABNORMAL, String.valueOf(failure.getMessage()));
        }
    }

    private void end(CloseCode code, String reason) {
        end(code.number(), reason);
    }

    private void end(int code, String reason) {
        if (hasEnded.compareAndSet(false, true)) {
            failOpening();
            try {
                listener.closed(code, reason);
            } finally {
                closer.close(session, DONE);
            }
        }
    }

    /** Whether the connection is open: true from the opening to the end. */
    public boolean isOpen() {
        return session.isPresent() && !hasEnded.get();
    }

    /**
     * Sends one message in a frame of its own, as soon as the connection is open. Wait for the result before the next
     * call: a container may refuse a second send at a time.
     *
     * @return completed when the container has sent the message, or failed with its exception
     */
    public CompletionStage<Void> send(ClientMessage message) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        // A container may call onOpen on another thread, after connectToServer has returned.
        opening.whenComplete((open, failure) -> {
            if (failure == null) {
                send(open, message, sent);
            } else {
                sent.completeExceptionally(failure);
            }
        });
        return sent;
    }

    private void send(Session open, ClientMessage message, CompletableFuture<Void> sent) {
        try {
            open.getAsyncRemote().sendText(encoder.apply(message), result -> {
                if (result.isOK()) {
                    sent.complete(null);
                } else {
                    sent.completeExceptionally(result.getException());
                }
            });
        } catch (RuntimeException e) { // after a close: IllegalStateException, or others
            sent.completeExceptionally(e);
        }
    }

    /**
     * Closes the connection. The listener gets no more calls, though one that runs may go on. A second call has no
     * effect.
     *
     * @param reason up to 123 bytes of UTF-8
     */
    public void close(int code, String reason) {
        CloseReason frame = new CloseReason(CloseCodes.getCloseCode(code), reason);
        if (hasEnded.compareAndSet(false, true)) {
            failOpening();
            closer.close(session, frame);
        }
    }

    /** Fails the messages that wait for the opening. No effect on an open connection. */
    private void failOpening() {
        opening.completeExceptionally(new IllegalStateException("The connection ended before it was open."));
    }

    private static void closeOnThisThread(Optional<Session> session, CloseReason reason) {
        try {
            if (session.isPresent() && session.get().isOpen()) {
                session.get().setMaxIdleTimeout(LINGER_MILLIS);
                session.get().close(reason);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, "A close failed; the connection has ended already.", e);
        }
    }
}
