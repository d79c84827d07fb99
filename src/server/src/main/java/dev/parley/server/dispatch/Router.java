package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ServerMessage;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Which family handles which message of one session. */
final class Router implements ClientMessage.Visitor<CompletionStage<?>> {
    private final Handlers handlers;
    private final Conversation conversation;
    private final Function<Decoded, CompletionStage<?>> dispatch;

    /** @param dispatch does what a message asks for that came in chunks */
    Router(Handlers handlers, Conversation conversation, Function<Decoded, CompletionStage<?>> dispatch) {
        this.handlers = handlers;
        this.conversation = conversation;
        this.dispatch = dispatch;
    }

    @Override
    public CompletionStage<?> login(ClientMessage.Login message) {
        return handlers.login().login(conversation, message);
    }

    @Override
    public CompletionStage<?> chat(ClientMessage.Chat message) {
        return handlers.chat().chat(conversation, message);
    }

    @Override
    public CompletionStage<?> message(ClientMessage.Message message) {
        return handlers.chat().message(conversation, message);
    }

    @Override
    public CompletionStage<?> notification(ClientMessage.Notification message) {
        return handlers.chat().notification(conversation, message);
    }

    @Override
    public CompletionStage<?> join(ClientMessage.Join message) {
        return handlers.rooms().join(conversation, message);
    }

    @Override
    public CompletionStage<?> leave(ClientMessage.Leave message) {
        return handlers.rooms().leave(conversation, message);
    }

    @Override
    public CompletionStage<?> rooms(ClientMessage.Rooms message) {
        return handlers.rooms().rooms(conversation, message);
    }

    @Override
    public CompletionStage<?> typing(ClientMessage.Typing message) {
        return handlers.rooms().typing(conversation, message);
    }

    @Override
    public CompletionStage<?> presence(ClientMessage.Presence message) {
        return handlers.rooms().presence(conversation, message);
    }

    @Override
    public CompletionStage<?> history(ClientMessage.History message) {
        return handlers.history().history(conversation, message);
    }

    @Override
    public CompletionStage<?> read(ClientMessage.Read message) {
        return handlers.history().read(conversation, message);
    }

    @Override
    public CompletionStage<?> subscribe(ClientMessage.Subscribe message) {
        return handlers.metrics().subscribe(conversation, message);
    }

    @Override
    public CompletionStage<?> unsubscribe(ClientMessage.Unsubscribe message) {
        return handlers.metrics().unsubscribe(conversation, message);
    }

    @Override
    public CompletionStage<?> metric(ClientMessage.Metric message) {
        return handlers.metrics().metric(conversation, message);
    }

    @Override
    public CompletionStage<?> ping(ClientMessage.Ping message) {
        conversation.answer(new ServerMessage.Pong(message.id()));
        return Turns.DONE;
    }

    @Override
    public CompletionStage<?> create(ClientMessage.Create message) {
        return handlers.privateRooms().create(conversation, message);
    }

    @Override
    public CompletionStage<?> invite(ClientMessage.Invite message) {
        return handlers.privateRooms().invite(conversation, message);
    }

    @Override
    public CompletionStage<?> remove(ClientMessage.Remove message) {
        return handlers.privateRooms().remove(conversation, message);
    }

    @Override
    public CompletionStage<?> upload(ClientMessage.Upload message) {
        return handlers.uploads().upload(conversation, message);
    }

    @Override
    public CompletionStage<?> chunk(ClientMessage.Chunk message) {
        return handlers.chunks().chunk(conversation, message, dispatch);
    }
}
