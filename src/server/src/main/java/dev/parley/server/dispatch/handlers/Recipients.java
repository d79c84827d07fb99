package dev.parley.server.dispatch.handlers;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.GuestStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Resolves the recipient of a message. With a tag it is that guest alone, connected or not, under whatever name, as
 * long as it is remembered. Without, it is the user of the name, if one ever signed in; else the only guest that is
 * connected under it. A name that nobody has is that of a user who has not come yet, unless a guest of the name is
 * remembered: then the message may be meant for that guest, and a later user must not read it.
 *
 * <p>No node knows which guests are connected to others. So in a cluster the only guest counts that is remembered under
 * the name, connected or not. Any thread.
 */
public final class Recipients {
    private final GuestStore guests;
    private final Sessions sessions;
    private final boolean isOpenToGuests;
    private final boolean hasOtherNodes;

    public Recipients(GuestStore guests, Sessions sessions, boolean isOpenToGuests, boolean hasOtherNodes) {
        this.guests = guests;
        this.sessions = sessions;
        this.isOpenToGuests = isOpenToGuests;
        this.hasOtherNodes = hasOtherNodes;
    }

    /** What a name or a tag means. */
    sealed interface Recipient {
        /** @param person a user as the sender wrote its name, or a guest as it is called now */
        record Known(Channel.Inbox inbox, ServerMessage.Person person) implements Recipient {
            static Known user(String name) {
                return new Known(new Channel.Inbox(UserKey.user(name)), ServerMessage.Person.user(name));
            }

            static Known guest(Identity guest) {
                return new Known(new Channel.Inbox(guest.key()), guest.person());
            }
        }

        /** The name does not say who is meant, or there is no such guest. */
        record Unclear(Refusal refusal) implements Recipient {}
    }

    /** The guest with a tag and nobody else: without it, the name could lead to another guest or to a later user. */
    CompletionStage<Recipient> findGuest(String tag) {
        return guests.tagged(tag)
                .thenApply(found -> found.<Recipient>map(Recipient.Known::guest).orElseGet(() -> forgotten(tag)));
    }

    CompletionStage<Recipient> find(String name) {
        Recipient user = Recipient.Known.user(name);
        if (!isOpenToGuests) {
            return CompletableFuture.completedFuture(user);
        }
        return guests.holder(name).thenCompose(holder -> {
            if (holder == GuestStore.Holder.USER) {
                return CompletableFuture.completedFuture(user);
            }
            return guests(name).thenApply(found -> guest(name, found)
                    .orElseGet(() -> holder == GuestStore.Holder.NOBODY ? user : absent(name)));
        });
    }

    private CompletionStage<List<Identity>> guests(String name) {
        return hasOtherNodes ? guests.named(name) : CompletableFuture.completedFuture(sessions.guests(name));
    }

    /** Empty if there is no guest of the name. */
    private static Optional<Recipient> guest(String name, List<Identity> found) {
        if (found.size() <= 1) {
            return found.stream().findFirst().map(Recipient.Known::guest);
        }
        return Optional.of(
                unclear("Several guests are called '" + Field.shown(name) + "'; the name does not say who is meant."));
    }

    private static Recipient absent(String name) {
        return unclear("The guest '" + Field.shown(name)
                + "' is not connected, and by its name it can be written to only while it is.");
    }

    private static Recipient forgotten(String tag) {
        return unclear("No guest with the tag '" + Field.shown(tag)
                + "' is remembered; the message was not stored. Write to a guest that is here now.");
    }

    private static Recipient unclear(String reason) {
        return new Recipient.Unclear(Refusal.of(ErrorCode.CONFLICT, reason));
    }
}
