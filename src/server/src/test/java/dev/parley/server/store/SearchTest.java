package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.ContentDigest;
import dev.parley.server.store.model.FoundPage;
import dev.parley.server.store.model.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.junit.jupiter.api.Test;

/** Searching the messages of a channel. */
class SearchTest extends MessageStoreContract {
    private FoundPage search(String text, long before, int limit, int maxBytes) {
        return get(store.search(LOBBY, ANNA, text, before, limit, maxBytes)).orElseThrow();
    }

    private List<String> found(String text) {
        return contents(search(text, EVERYTHING, 50, MAX_BYTES).bodies());
    }

    private void say(String... contents) {
        for (String content : contents) {
            append("search-" + ids.incrementAndGet(), content);
        }
    }

    @Test
    void messagesWithTheTextAreFoundInSeqOrder() {
        say("first tea", "coffee", "Tea?", "more");
        assertThat(found("tea")).containsExactly("first tea", "Tea?");
        assertThat(found("nothing")).isEmpty();
    }

    @Test
    void everyScriptIsSearchedAndPartsOfWordsToo() {
        say(
                "\u6211\u4eec\u8bbe\u8ba1\u4e00\u4e2a\u623f\u95f4",
                "\u041f\u0440\u0438\u0432\u0435\u0442",
                "unbelievable",
                "\ud83d\ude00 ok");
        assertThat(found("\u8bbe\u8ba1")).hasSize(1);
        assertThat(found("\u0440\u0438\u0432")).hasSize(1);
        assertThat(found("believ")).containsExactly("unbelievable");
        assertThat(found("\ud83d\ude00")).hasSize(1);
    }

    @Test
    void wildcardsAndQuotesMeanThemselves() {
        say("100%", "100 percent", "a_b", "axb", "say \"hi\"", "say hi", "c:\\dir", "one\ntwo", "why!");
        assertThat(found("100%")).containsExactly("100%");
        assertThat(found("a_b")).containsExactly("a_b");
        assertThat(found("\"hi\"")).containsExactly("say \"hi\"");
        assertThat(found(":\\d")).containsExactly("c:\\dir");
        assertThat(found("one\ntwo")).containsExactly("one\ntwo");
        assertThat(found("why!")).containsExactly("why!");
        assertThat(found("'")).isEmpty();
    }

    @Test
    void onlyTheContentAndTheTitleAreSearched() {
        say("hello");
        get(later(
                store,
                new Append(
                        ANNA,
                        new MessageId("note"),
                        List.of(LOBBY),
                        ContentDigest.of("notification", List.of(LOBBY), List.of(Optional.of("x"))),
                        (channel, seq, sentAt) -> new ServerMessage.Notification(
                                Optional.of("lobby"),
                                Optional.empty(),
                                Optional.empty(),
                                seq,
                                "note",
                                "anna",
                                Optional.empty(),
                                "the disk is full",
                                sentAt,
                                Optional.of("Disk alarm"),
                                Optional.empty()))));
        for (String word : List.of("anna", "content", "lobby", "chat", "seq", "2030")) {
            assertThat(found(word)).as(word).isEmpty();
        }
        assertThat(found("alarm")).containsExactly("the disk is full");
    }

    @Test
    void pagesOfASearchHaveNoGapsAndNoDuplicates() {
        for (int i = 1; i <= 20; i++) {
            say((i % 2 == 0 ? "even " : "odd ") + i);
        }
        List<String> all = new ArrayList<>();
        FoundPage page = search("even", EVERYTHING, 3, MAX_BYTES);
        all.addAll(0, contents(page.bodies()));
        while (page.more()) {
            page = search("even", page.searched(), 3, MAX_BYTES);
            all.addAll(0, contents(page.bodies()));
        }
        assertThat(all)
                .containsExactly(
                        "even 2", "even 4", "even 6", "even 8", "even 10", "even 12", "even 14", "even 16", "even 18",
                        "even 20");
        assertThat(page.oldest()).isEqualTo(1);
    }

    @Test
    void pageIsBoundedInBytesButHoldsOneMessage() {
        say("tea 1", "tea 2", "tea 3");
        FoundPage page = search("tea", EVERYTHING, 50, 1);
        assertThat(contents(page.bodies())).containsExactly("tea 3");
        assertThat(page.searched()).isEqualTo(3);
        assertThat(page.more()).isTrue();
        assertThat(contents(search("tea", 3, 50, 1).bodies())).containsExactly("tea 2");
    }

    @Test
    void searchLooksAtABoundedPartOfTheChannelAtATime() {
        say("needle", "last");
        Jdbi.create(database).useHandle(sql -> {
            PreparedBatch hay = sql.prepareBatch("""
                    insert into parley_message (channel_id, seq, body, sent_at, bytes)
                    select channel_id, :seq, body, sent_at, bytes from parley_message
                    where channel_id = (select id from parley_channel where name = 'lobby') and seq = 2
                    """);
            for (int seq = 3; seq <= 15_002; seq++) {
                hay.bind("seq", seq).add();
            }
            hay.execute();
            sql.execute("update parley_channel set head = 15002 where name = 'lobby'");
        });
        FoundPage newest = search("needle", EVERYTHING, 50, MAX_BYTES);
        assertThat(newest.bodies()).isEmpty();
        assertThat(newest.searched()).isEqualTo(5_003);
        assertThat(newest.more()).isTrue();
        FoundPage rest = search("needle", newest.searched(), 50, MAX_BYTES);
        assertThat(contents(rest.bodies())).containsExactly("needle");
        assertThat(rest.more()).isFalse();
    }

    @Test
    void channelsThatOneMayNotReadAreNotSearched() {
        assertThat(get(store.search(new Channel.Room("nowhere"), ANNA, "x", EVERYTHING, 50, MAX_BYTES)))
                .isEmpty();
        append(ANNA, "dm", List.of(ANNAS), "secret");
        say("hello");
        assertThat(found("secret")).isEmpty();
        assertThat(contents(get(store.search(ANNAS, ANNA, "secret", EVERYTHING, 50, MAX_BYTES))
                        .orElseThrow()
                        .bodies()))
                .containsExactly("secret");
    }

    @Test
    void messagesBeyondTheRetentionAreNotFound() {
        Retention three = new Retention(
                new Retention.Kind(3, Duration.ofDays(10)),
                new Retention.Kind(3, Duration.ofDays(10)),
                Duration.ofDays(10));
        say("tea 1", "tea 2", "tea 3", "tea 4", "tea 5");
        try (MessageStore keepsThree = open(database, three)) {
            FoundPage page = get(keepsThree.search(LOBBY, UserKey.user("anna"), "tea", EVERYTHING, 50, MAX_BYTES))
                    .orElseThrow();
            assertThat(contents(page.bodies())).containsExactly("tea 3", "tea 4", "tea 5");
            assertThat(page.oldest()).isEqualTo(3);
            assertThat(page.more()).isFalse();
        }
    }
}
