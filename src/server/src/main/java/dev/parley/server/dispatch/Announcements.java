package dev.parley.server.dispatch;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.store.MessageStore;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.ContentDigest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Publishes notifications to everybody over HTTP. Any thread. */
public final class Announcements {
    private final MessageStore store;
    private final Supplier<String> ids;

    /** @param ids generates an id for a notification without one */
    public Announcements(MessageStore store, Supplier<String> ids) {
        this.store = store;
        this.ids = ids;
    }

    public CompletionStage<Appended> announce(Identity who, ClientMessage.Notification notification) {
        MessageId id = new MessageId(notification.id().orElseGet(ids));
        CompletableFuture<Appended> outcome = new CompletableFuture<>();
        Append append = new Append(
                who.key(),
                id,
                List.of(Channel.Broadcast.INSTANCE),
                ContentDigest.of(
                        "announcement",
                        List.of(),
                        List.of(Optional.of(notification.content()), notification.title(), notification.level())),
                (channel, seq, sentAt) -> ServerMessage.Notification.in(
                        channel,
                        seq,
                        id.value(),
                        who.name(),
                        Optional.empty(),
                        notification.content(),
                        sentAt,
                        notification.title(),
                        notification.level()));
        if (!store.append(append, () -> true, outcome::complete)) {
            outcome.complete(new Appended.Unavailable());
        }
        return outcome;
    }
}
