package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.HistoryPage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Handles the messages about stored messages and read marks: {@code history}, {@code read}. */
public final class HistoryHandler {
    private static final int PAGE_BYTES_MAX = 256 * 1024;

    private final MessageStore store;
    private final FanOut fanOut;

    public HistoryHandler(MessageStore store, FanOut fanOut) {
        this.store = store;
        this.fanOut = fanOut;
    }

    CompletionStage<?> history(SessionContext context, ClientMessage.History history) {
        UserKey reader = context.session().signedInAs().key();
        Channel channel = history.channel(reader);
        if (!context.rates().allow(RateLimiter.Kind.QUERY, history.id())) {
            return SerialExecutor.DONE;
        }
        long before = history.before().orElse(Long.MAX_VALUE);
        int limit = history.limit().orElse(ClientMessage.History.LIMIT_DEFAULT);
        return context.errors()
                .replyWhenRead(
                        store.history(channel, reader, before, limit, PAGE_BYTES_MAX),
                        history.id(),
                        page -> answer(context, history.id(), channel, page));
    }

    private static void answer(
            SessionContext context, Optional<String> id, Channel channel, Optional<HistoryPage> page) {
        if (page.isEmpty() && channel instanceof Channel.Room room) {
            RoomHandler.noSuchRoom(context, room, id);
            return;
        }
        HistoryPage found = page.orElse(new HistoryPage(List.of(), 1, false));
        List<ServerMessage.Stored> messages =
                found.bodies().stream().map(MessageCodec::decodeStored).toList();
        context.answer(ServerMessage.History.of(id, channel, messages, found.oldest(), found.more()));
    }

    CompletionStage<?> read(SessionContext context, ClientMessage.Read read) {
        Identity who = context.session().signedInAs();
        Channel channel = read.channel(who.key());
        if (!context.rates().allow(RateLimiter.Kind.SIGNAL, read.id())) {
            return SerialExecutor.DONE;
        }
        long seq = read.seq().orElseThrow();
        return context.errors().replyWhenRead(store.mark(channel, who.key(), seq), read.id(), marked -> {
            if (marked.isEmpty() && channel instanceof Channel.Room room) {
                RoomHandler.noSuchRoom(context, room, read.id());
                return;
            }
            context.answer(ServerMessage.Ack.of(read.id()));
            marked.ifPresent(mark -> fanOut.deliverEphemeral(
                    new Channel.Inbox(who.key()), ServerMessage.Read.of(channel, who.name(), mark)));
        });
    }
}
