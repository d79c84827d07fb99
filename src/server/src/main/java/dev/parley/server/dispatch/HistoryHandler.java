package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.Identity;
import dev.parley.server.store.HistoryPage;
import dev.parley.server.store.MessageStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What was said before, and how far one has read it: {@code history}, {@code read}. */
public final class HistoryHandler {
    private static final int PAGE_BYTES_MAX = 256 * 1024;

    private final MessageStore store;
    private final FanOut fanOut;
    private final Rates rates;

    public HistoryHandler(MessageStore store, FanOut fanOut, Rates rates) {
        this.store = store;
        this.fanOut = fanOut;
        this.rates = rates;
    }

    CompletionStage<?> history(Conversation conversation, ClientMessage.History history) {
        String reader = conversation.session().signedInAs().key();
        Channel channel = history.channel(reader);
        if (!conversation.isWithinRate(rates, Rates.Kind.QUERY, history.id())) {
            return Turns.DONE;
        }
        long before = history.before().orElse(Long.MAX_VALUE);
        int limit = history.limit().orElse(ClientMessage.History.LIMIT_DEFAULT);
        return conversation.whenRead(
                store.history(channel, reader, before, limit, PAGE_BYTES_MAX),
                history.id(),
                page -> answer(conversation, history.id(), channel, page));
    }

    private static void answer(
            Conversation conversation, Optional<String> id, Channel channel, Optional<HistoryPage> page) {
        if (page.isEmpty() && channel instanceof Channel.Room room) {
            RoomHandler.noSuchRoom(conversation, room, id);
            return;
        }
        HistoryPage found = page.orElse(new HistoryPage(List.of(), 1, false));
        List<ServerMessage.Stored> messages =
                found.bodies().stream().map(MessageCodec::decodeStored).toList();
        conversation.answer(ServerMessage.History.of(id, channel, messages, found.oldest(), found.more()));
    }

    CompletionStage<?> read(Conversation conversation, ClientMessage.Read read) {
        Identity who = conversation.session().signedInAs();
        Channel channel = read.channel(who.key());
        if (!conversation.isWithinRate(rates, Rates.Kind.SIGNAL, read.id())) {
            return Turns.DONE;
        }
        long seq = read.seq().orElseThrow();
        return conversation.whenRead(store.mark(channel, who.key(), seq), read.id(), marked -> {
            if (marked.isEmpty() && channel instanceof Channel.Room room) {
                RoomHandler.noSuchRoom(conversation, room, read.id());
                return;
            }
            conversation.answer(ServerMessage.Ack.of(read.id()));
            marked.ifPresent(mark ->
                    fanOut.tell(new Channel.Inbox(who.key()), ServerMessage.Read.of(channel, who.name(), mark)));
        });
    }
}
