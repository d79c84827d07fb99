package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.SerialExecutor;
import dev.parley.server.dispatch.SessionContext;
import dev.parley.server.dispatch.marks.ReadMarks;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.FoundPage;
import dev.parley.server.store.model.HistoryPage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Handles the messages about stored messages and read marks: {@code history}, {@code search}, {@code read}. */
public final class HistoryHandler {
    private static final int PAGE_BYTES_MAX = 256 * 1024;

    private final MessageStore store;
    private final FanOut fanOut;
    private final ReadMarks marks;
    private final MessageEncoding encoding;

    public HistoryHandler(MessageStore store, FanOut fanOut, ReadMarks marks, MessageEncoding encoding) {
        this.store = store;
        this.fanOut = fanOut;
        this.marks = marks;
        this.encoding = encoding;
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

    CompletionStage<?> search(SessionContext context, ClientMessage.Search search) {
        UserKey reader = context.session().signedInAs().key();
        Channel channel = search.channel(reader);
        if (!context.rates().allow(RateLimiter.Kind.QUERY, ClientMessage.Search.COST, search.id())) {
            return SerialExecutor.DONE;
        }
        long before = search.before().orElse(Long.MAX_VALUE);
        int limit = search.limit().orElse(ClientMessage.History.LIMIT_DEFAULT);
        return context.errors()
                .replyWhenRead(
                        store.search(channel, reader, search.text(), before, limit, PAGE_BYTES_MAX),
                        search.id(),
                        page -> answerFound(context, search.id(), channel, page));
    }

    private void answerFound(SessionContext context, Optional<String> id, Channel channel, Optional<FoundPage> page) {
        if (page.isEmpty() && channel instanceof Channel.Room room) {
            RoomHandler.noSuchRoom(context, room, id);
            return;
        }
        FoundPage found = page.orElse(new FoundPage(List.of(), 1, 1));
        answer(
                context,
                ServerMessage.History.found(id, channel, List.of(), found.oldest(), found.more(), found.searched()),
                found.bodies());
    }

    /** Sends the messages as they are stored: they are not decoded. */
    private void answer(SessionContext context, Optional<String> id, Channel channel, Optional<HistoryPage> page) {
        if (page.isEmpty() && channel instanceof Channel.Room room) {
            RoomHandler.noSuchRoom(context, room, id);
            return;
        }
        HistoryPage found = page.orElse(new HistoryPage(List.of(), 1, false));
        answer(context, ServerMessage.History.of(id, channel, List.of(), found.oldest(), found.more()), found.bodies());
    }

    private void answer(SessionContext context, ServerMessage.History withoutMessages, List<String> bodies) {
        context.answer(Encoded.of(MessageCodec.insertMessages(encoding.json(withoutMessages), bodies)));
    }

    /** Done when more reads of the user may follow; the answer comes with the commit that covers this one. */
    CompletionStage<?> read(SessionContext context, ClientMessage.Read read) {
        ReadMarks.Reader reader = ReadMarks.Reader.of(context.session());
        Channel channel = read.channel(reader.who().key());
        return marks.mark(
                reader, channel, read.seq().orElseThrow(), new ReadAnswer(fanOut, context, channel, read.id()));
    }

    private record ReadAnswer(FanOut fanOut, SessionContext context, Channel channel, Optional<String> id)
            implements ReadMarks.Answer {
        @Override
        public void written(boolean isThere) {
            if (isThere || !(channel instanceof Channel.Room room)) {
                // Through the loop, so that the acks of many reads leave together.
                fanOut.answer(context.session(), ServerMessage.Ack.of(id));
            } else {
                RoomHandler.noSuchRoom(context, room, id);
            }
        }

        @Override
        public void failed(Throwable failure) {
            context.errors().reply(id, context.errors().refusal(failure));
        }
    }

    /** The session has ended: its last marks must not wait. */
    void abandon(SessionContext context) {
        context.session().identity().ifPresent(who -> marks.flush(who.key()));
    }
}
