package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.dispatch.InboundQueue;
import dev.parley.server.session.Session;
import jakarta.websocket.CloseReason;
import jakarta.websocket.PongMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Handles the callbacks of one WebSocket, for every endpoint. The container calls them one at a time. */
final class Connection {
    private static final Logger LOG = System.getLogger(Connection.class.getName());

    private final Session session;
    private final InboundQueue inbound;
    private final Function<String, List<Decoded>> decoder;
    private final FrameAssembler text;
    private final FrameAssembler binary;
    private final BooleanSupplier takesBinary;
    private final int maxFrameBytes;
    private final Runnable whenEndedByContainer;

    /**
     * @param takesBinary whether the peer speaks a protocol that has binary frames
     * @param whenEndedByContainer called inside {@code @OnClose}, so it must not call the container's session
     */
    Connection(
            Session session,
            InboundQueue inbound,
            Function<String, List<Decoded>> decoder,
            BooleanSupplier takesBinary,
            int maxFrameBytes,
            Runnable whenEndedByContainer) {
        this.session = session;
        this.inbound = inbound;
        this.decoder = decoder;
        this.takesBinary = takesBinary;
        this.maxFrameBytes = maxFrameBytes;
        this.text = new FrameAssembler(maxFrameBytes);
        this.binary = new FrameAssembler(maxFrameBytes);
        this.whenEndedByContainer = whenEndedByContainer;
    }

    void text(String part, boolean isLast) {
        session.received();
        FrameAssembler.Result result = text.add(part, isLast);
        if (result instanceof FrameAssembler.Result.Incomplete) {
            session.incomplete();
        } else if (result instanceof FrameAssembler.Result.TooBig) {
            refuseTooBig();
        } else {
            session.complete();
            FrameAssembler.Result.Complete frame = (FrameAssembler.Result.Complete) result;
            inbound.received(() -> decoder.apply(frame.text()), frame.bytes());
        }
    }

    void binary(ByteBuffer part, boolean isLast) {
        session.received();
        FrameAssembler.Result result = binary.add(part, isLast);
        if (result instanceof FrameAssembler.Result.TooBig) {
            refuseTooBig();
        } else if (!takesBinary.getAsBoolean()) {
            session.close(CloseCode.UNSUPPORTED_DATA);
        } else if (result instanceof FrameAssembler.Result.CompleteBytes frame) {
            session.complete();
            inbound.received(frame.bytes());
        } else {
            session.incomplete();
        }
    }

    /** Closes for good, so the peer is told first how to send the same. */
    private void refuseTooBig() {
        if (session.isOpen()) {
            session.answer(ServerMessage.Error.of(
                    Optional.empty(),
                    ErrorCode.TOO_LONG,
                    "A frame may have " + maxFrameBytes + " bytes and " + FrameAssembler.FRAGMENTS_MAX
                            + " fragments, but this one has more. Send a longer message to /chat in parts, each a"
                            + " 'chunk' message, and a file in several frames."));
        }
        session.close(CloseCode.MESSAGE_TOO_BIG);
    }

    void pong(PongMessage pong) {
        session.ponged(pong.getApplicationData());
    }

    void closed(CloseReason reason) {
        boolean isEndedByContainer = session.end(
                reason.getCloseCode().getCode(),
                Optional.ofNullable(reason.getReasonPhrase()).orElse(""));
        if (isEndedByContainer) {
            whenEndedByContainer.run();
        }
    }

    /** Logs an error of the container. Mostly the connection is broken, and {@link #closed} follows. */
    void failed(Throwable error) {
        LOG.log(Level.DEBUG, "The connection of " + session + " failed.", error);
    }
}
