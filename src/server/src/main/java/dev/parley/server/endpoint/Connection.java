package dev.parley.server.endpoint;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.InvalidMessage;
import dev.parley.server.dispatch.InboundQueue;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import jakarta.websocket.CloseReason;
import jakarta.websocket.PongMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Handles the callbacks of one WebSocket, for every endpoint. The container calls them one at a time. */
final class Connection {
    private static final Logger LOG = System.getLogger(Connection.class.getName());

    private final Session session;
    private final InboundQueue inbound;
    private final FrameAssembler text;
    private final FrameAssembler binary;
    private final MessageDecoder decoder = new MessageDecoder();

    Connection(Session session, InboundQueue inbound, int maxFrameBytes) {
        this.session = session;
        this.inbound = inbound;
        this.text = new FrameAssembler(maxFrameBytes);
        this.binary = new FrameAssembler(maxFrameBytes);
    }

    void text(String part, boolean isLast) {
        session.received();
        FrameAssembler.Result result = text.add(part, isLast);
        if (result instanceof FrameAssembler.Result.Incomplete) {
            session.incomplete();
        } else if (result instanceof FrameAssembler.Result.TooBig) {
            session.close(CloseCode.MESSAGE_TOO_BIG);
        } else {
            session.complete();
            FrameAssembler.Result.Complete frame = (FrameAssembler.Result.Complete) result;
            inbound.received(() -> decode(frame.text()), frame.bytes());
        }
    }

    private List<Decoded> decode(String frame) {
        return session.endpoint() == EndpointType.TEXT
                ? line(frame)
                : decoder.decode(frame).messages();
    }

    /** Converts a line of {@code /text} to an ordinary message to the lobby. */
    private static List<Decoded> line(String content) {
        if (content.isBlank()) {
            return List.of();
        }
        try {
            return List.of(new Decoded.Valid(
                    new ClientMessage.Message(Optional.empty(), content.stripTrailing(), Optional.empty())));
        } catch (InvalidMessage e) {
            return List.of(new Decoded.Malformed(Optional.empty(), e.code(), e.getMessage()));
        }
    }

    void binary(ByteBuffer part, boolean isLast) {
        session.received();
        FrameAssembler.Result result = binary.add(part, isLast);
        if (result instanceof FrameAssembler.Result.TooBig) {
            session.close(CloseCode.MESSAGE_TOO_BIG);
        } else if (session.endpoint() == EndpointType.TEXT) {
            session.close(CloseCode.UNSUPPORTED_DATA);
        } else if (result instanceof FrameAssembler.Result.CompleteBytes frame) {
            session.complete();
            inbound.received(frame.bytes());
        } else {
            session.incomplete();
        }
    }

    void pong(PongMessage pong) {
        session.ponged(pong.getApplicationData());
    }

    void closed(CloseReason reason) {
        session.end(
                reason.getCloseCode().getCode(),
                Optional.ofNullable(reason.getReasonPhrase()).orElse(""));
    }

    /** Logs an error of the container. Mostly the connection is broken, and {@link #closed} follows. */
    void failed(Throwable error) {
        LOG.log(Level.DEBUG, "The connection of " + session + " failed.", error);
    }
}
