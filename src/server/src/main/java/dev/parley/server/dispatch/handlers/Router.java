package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import java.util.concurrent.CompletionStage;

/** Routes the messages of one session to the handlers of their families. */
final class Router implements ClientMessage.Visitor<CompletionStage<?>> {
    private final Handlers handlers;
    private final SessionContext context;

    Router(Handlers handlers, SessionContext context) {
        this.handlers = handlers;
        this.context = context;
    }

    @Override
    public CompletionStage<?> login(ClientMessage.Login message) {
        return handlers.login().login(context, message);
    }

    @Override
    public CompletionStage<?> chat(ClientMessage.Chat message) {
        return handlers.chat().chat(context, message);
    }

    @Override
    public CompletionStage<?> message(ClientMessage.Message message) {
        return handlers.chat().message(context, message);
    }

    @Override
    public CompletionStage<?> notification(ClientMessage.Notification message) {
        return handlers.chat().notification(context, message);
    }

    @Override
    public CompletionStage<?> join(ClientMessage.Join message) {
        return handlers.rooms().join(context, message);
    }

    @Override
    public CompletionStage<?> leave(ClientMessage.Leave message) {
        return handlers.rooms().leave(context, message);
    }

    @Override
    public CompletionStage<?> rooms(ClientMessage.Rooms message) {
        return handlers.rooms().rooms(context, message);
    }

    @Override
    public CompletionStage<?> typing(ClientMessage.Typing message) {
        return handlers.rooms().typing(context, message);
    }

    @Override
    public CompletionStage<?> presence(ClientMessage.Presence message) {
        return handlers.rooms().presence(context, message);
    }

    @Override
    public CompletionStage<?> history(ClientMessage.History message) {
        return handlers.history().history(context, message);
    }

    @Override
    public CompletionStage<?> search(ClientMessage.Search message) {
        return handlers.history().search(context, message);
    }

    @Override
    public CompletionStage<?> read(ClientMessage.Read message) {
        return handlers.history().read(context, message);
    }

    @Override
    public CompletionStage<?> subscribe(ClientMessage.Subscribe message) {
        return handlers.metrics().subscribe(context, message);
    }

    @Override
    public CompletionStage<?> unsubscribe(ClientMessage.Unsubscribe message) {
        return handlers.metrics().unsubscribe(context, message);
    }

    @Override
    public CompletionStage<?> metric(ClientMessage.Metric message) {
        return handlers.metrics().metric(context, message);
    }

    @Override
    public CompletionStage<?> ping(ClientMessage.Ping message) {
        context.answer(new ServerMessage.Pong(message.id()));
        return SerialExecutor.DONE;
    }

    @Override
    public CompletionStage<?> create(ClientMessage.Create message) {
        return handlers.privateRooms().create(context, message);
    }

    @Override
    public CompletionStage<?> invite(ClientMessage.Invite message) {
        return handlers.privateRooms().invite(context, message);
    }

    @Override
    public CompletionStage<?> remove(ClientMessage.Remove message) {
        return handlers.privateRooms().remove(context, message);
    }

    @Override
    public CompletionStage<?> members(ClientMessage.Members message) {
        return handlers.privateRooms().members(context, message);
    }

    @Override
    public CompletionStage<?> upload(ClientMessage.Upload message) {
        return handlers.uploads().upload(context, message);
    }

    @Override
    public CompletionStage<?> chunk(ClientMessage.Chunk message) {
        throw new IllegalStateException("Chunks are joined before a message gets to its handler.");
    }
}
