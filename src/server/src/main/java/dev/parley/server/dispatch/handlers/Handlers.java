package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.server.dispatch.MessageHandlers;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** One handler for each message family. */
public record Handlers(
        LoginHandler login,
        ChatHandler chat,
        RoomHandler rooms,
        PrivateRoomHandler privateRooms,
        HistoryHandler history,
        MetricHandler metrics,
        UploadHandler uploads,
        BinaryHandler binaries)
        implements MessageHandlers {
    @Override
    public CompletionStage<?> handle(SessionContext context, ClientMessage message) {
        return message.accept(new Router(this, context));
    }

    @Override
    public CompletionStage<?> binary(SessionContext context, byte[] bytes) {
        if (uploads.takes(context, bytes)) {
            return uploads.bytes(context, bytes);
        }
        binaries.relay(context, bytes);
        return SerialExecutor.DONE;
    }

    @Override
    public CompletionStage<Boolean> signInImplicitly(SessionContext context, Optional<ClientMessage> first) {
        return login.signInImplicitly(context, first);
    }

    @Override
    public boolean maySignInImplicitly(SessionContext context) {
        return login.maySignInImplicitly(context);
    }

    @Override
    public CompletionStage<?> nameTaken(SessionContext context, String name) {
        return login.nameTaken(context, name);
    }

    @Override
    public CompletionStage<?> evicted(SessionContext context, Channel.Room room) {
        return rooms.evicted(context, room);
    }

    @Override
    public CompletionStage<?> expire(SessionContext context) {
        return uploads.expire(context);
    }

    @Override
    public CompletionStage<?> abandon(SessionContext context) {
        history.abandon(context);
        return uploads.abandon(context);
    }
}
