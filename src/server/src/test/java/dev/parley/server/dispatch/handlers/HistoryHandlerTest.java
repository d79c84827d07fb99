package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.TestHub;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HistoryHandlerTest {
    private final TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    /** Lets another user write this many messages; then Ana connects. */
    private TestHub.Peer withMessages(int count) {
        TestHub.Peer writer = hub.user("Wim");
        for (int i = 1; i <= count; i++) {
            writer.say("{'type':'chat','id':'" + i + "','content':'Hello'}").hearsAtLast("ack");
        }
        return hub.user("Ana");
    }

    private static List<Integer> seqs(JsonObject history) {
        return history.getJsonArray("messages").getValuesAs(JsonObject.class).stream()
                .map(message -> message.getInt("seq"))
                .toList();
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void historyIsTheNewestPageInSeqOrder() {
        TestHub.Peer ana = withMessages(60);
        JsonObject page = ana.ask("{'type':'history','id':'h','room':'lobby'}", "history");
        assertThat(page.getString("id")).isEqualTo("h");
        assertThat(page.getString("room")).isEqualTo("lobby");
        assertThat(seqs(page)).isEqualTo(range(11, 60));
        assertThat(page.getInt("oldest")).isOne();
        assertThat(page.getBoolean("more")).isTrue();
    }

    @Test
    void olderPagesFollowUntilTheFirstMessage() {
        TestHub.Peer ana = withMessages(5);
        JsonObject newest = ana.ask("{'type':'history','room':'lobby','limit':2}", "history");
        assertThat(seqs(newest)).containsExactly(4, 5);
        JsonObject older = ana.ask("{'type':'history','room':'lobby','limit':2,'before':4}", "history");
        assertThat(seqs(older)).containsExactly(2, 3);
        assertThat(older.getBoolean("more")).isTrue();
        JsonObject oldest = ana.ask("{'type':'history','room':'lobby','limit':2,'before':2}", "history");
        assertThat(seqs(oldest)).containsExactly(1);
        assertThat(oldest.getBoolean("more")).isFalse();
    }

    @Test
    void historyEndsEarlyAt256Kibibytes() {
        TestHub.Peer ana = hub.user("Ana");
        for (int i = 1; i <= 6; i++) {
            ana.say("{'type':'chat','id':'" + i + "','content':'" + "x".repeat(60_000) + "'}")
                    .hearsAtLast("ack");
        }
        TestHub.Peer ben = hub.user("Ben");
        JsonObject page = ben.ask("{'type':'history','room':'lobby'}", "history");
        assertThat(seqs(page)).isEqualTo(range(3, 6));
        assertThat(page.getBoolean("more")).isTrue();
    }

    @Test
    void historyOfTheInboxIsThatOfTheReader() {
        TestHub.Peer ana = hub.user("Ana");
        ana.ask("{'type':'message','id':'m','to':'Ben','content':'Hello'}", "ack");
        ana.hears("message");
        JsonObject inbox = ana.ask("{'type':'history','inbox':true}", "history");
        assertThat(inbox.getBoolean("inbox")).isTrue();
        assertThat(seqs(inbox)).containsExactly(1);
        assertThat(seqs(hub.user("Cid").ask("{'type':'history','inbox':true}", "history")))
                .isEmpty();
        assertThat(seqs(hub.guest("Ana2").ask("{'type':'history','broadcast':true}", "history")))
                .isEmpty();
    }

    @Test
    void historyOfAnUnknownOrPrivateRoomIsNoSuchRoom() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("{'type':'history','id':'h','room':'nowhere'}");
        assertThat(ana.hearsError("no_such_room").getString("id")).isEqualTo("h");
        ana.say("{'type':'history','room':'_tea'}").hearsError("no_such_room");
    }

    private static List<String> contents(JsonObject history) {
        return history.getJsonArray("messages").getValuesAs(JsonObject.class).stream()
                .map(message -> message.getString("content"))
                .toList();
    }

    @Test
    void searchAnswersWithTheMessagesThatHoldTheText() {
        TestHub.Peer writer = hub.user("Wim");
        for (String content : List.of("Tea at four?", "No", "\u8bbe\u8ba1 tea", "Coffee")) {
            writer.say("{'type':'chat','id':'" + content.hashCode() + "','content':'" + content + "'}")
                    .hearsAtLast("ack");
        }
        TestHub.Peer ana = hub.user("Ana");
        JsonObject found = ana.ask("{'type':'search','id':'s','room':'LOBBY','text':'TEA'}", "history");
        assertThat(found.getString("id")).isEqualTo("s");
        assertThat(found.getString("room")).isEqualTo("lobby");
        assertThat(contents(found)).containsExactly("Tea at four?", "\u8bbe\u8ba1 tea");
        assertThat(found.getInt("searched")).isOne();
        assertThat(found.getBoolean("more")).isFalse();

        JsonObject newest = ana.ask("{'type':'search','room':'lobby','text':'tea','limit':1}", "history");
        assertThat(seqs(newest)).containsExactly(3);
        assertThat(newest.getBoolean("more")).isTrue();
        JsonObject older = ana.ask(
                "{'type':'search','room':'lobby','text':'tea','limit':1,'before':" + newest.getInt("searched") + "}",
                "history");
        assertThat(seqs(older)).containsExactly(1);
        assertThat(older.getBoolean("more")).isFalse();
        assertThat(contents(ana.ask("{'type':'search','room':'lobby','text':'\u8bbe'}", "history")))
                .containsExactly("\u8bbe\u8ba1 tea");
    }

    @Test
    void searchNeedsTheRightToRead() {
        TestHub.Peer ana = hub.user("Ana");
        String room = ana.ask("{'type':'create','name':'plan'}", "created").getString("room");
        ana.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.say("{'type':'chat','id':'c','room':'" + room + "','content':'secret'}");
        // Its ack and its copy, in any order.
        ana.hearsAny();
        ana.hearsAny();
        String search = "{'type':'search','id':'s','room':'" + room + "','text':'secret'}";
        assertThat(contents(ana.ask(search, "history"))).containsExactly("secret");
        TestHub.Peer eve = hub.user("Eve");
        assertThat(eve.say(search).hearsError("no_such_room").getString("id")).isEqualTo("s");
        eve.say(search.replace(room, "nowhere")).hearsError("no_such_room");
        assertThat(contents(eve.ask("{'type':'search','inbox':true,'text':'secret'}", "history")))
                .isEmpty();
    }

    @Test
    void searchCostsAsMuchAsFiveQueries() {
        try (TestHub limited = TestHub.withRate(20)) {
            TestHub.Peer ana = limited.user("Ana");
            String search = "{'type':'search','room':'lobby','text':'x'}";
            ana.say("[" + String.join(",", Collections.nCopies(12, search)) + "]");
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                JsonObject answer = ana.hearsAny();
                answers.add(answer.getString("code", answer.getString("type")));
            }
            assertThat(answers.subList(0, 6)).containsOnly("history");
            assertThat(answers.subList(6, 12)).contains("rate_limited");
        }
    }

    @Test
    void readMovesTheMarkForwardAndNotifiesOtherSessions() {
        withMessages(5);
        TestHub.Peer ana = hub.guest("Guest");
        TestHub.Peer elsewhere = hub.again(ana);
        assertThat(ana.ask("{'type':'read','id':'r','room':'lobby','seq':3}", "ack")
                        .getString("id"))
                .isEqualTo("r");
        assertThat(elsewhere.hears("read"))
                .hasToString("{\"type\":\"read\",\"guest\":\"" + ana.tag()
                        + "\",\"room\":\"lobby\",\"seq\":3,\"username\":\"Guest\"}");
        ana.hears("read");
        hub.passReadMarks();
        ana.ask("{'type':'read','room':'lobby','seq':1}", "ack");
        assertThat(elsewhere.hears("read").getInt("seq")).as("not back").isEqualTo(3);
        ana.hears("read");
        hub.passReadMarks();
        ana.ask("{'type':'read','room':'lobby','seq':99}", "ack");
        assertThat(elsewhere.hears("read").getInt("seq"))
                .as("not past the head")
                .isEqualTo(5);
    }

    @Test
    void readMarkIsNotSentToOtherUsers() {
        withMessages(1);
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        TestHub.Peer guest = hub.guest("Cid");
        ana.ask("{'type':'read','room':'lobby','seq':1}", "ack");
        ben.hearsNothing();
        guest.hearsNothing();
    }

    @Test
    void welcomeCountsUnreadMessages() {
        TestHub.Peer ana = withMessages(5);
        ana.ask("{'type':'read','room':'lobby','seq':3}", "ack");
        // All sessions of Ana are notified of the mark, including this one if it is connected by then.
        JsonObject lobby = hub.user("Ana")
                .say("{'type':'login'}")
                .hearsAtLast("welcome")
                .getJsonObject("channels")
                .getJsonObject("room:lobby");
        assertThat(lobby.getInt("unread")).isEqualTo(2);
        JsonObject others = hub.connect()
                .ask("{'type':'login','username':'Ben'}", "welcome")
                .getJsonObject("channels")
                .getJsonObject("room:lobby");
        assertThat(others.getInt("unread")).isEqualTo(5);
    }

    @Test
    void readOfAnUnknownRoomIsNoSuchRoom() {
        TestHub.Peer ana = hub.user("Ana");
        ana.say("{'type':'read','id':'r','room':'nowhere','seq':1}");
        assertThat(ana.hearsError("no_such_room").getString("id")).isEqualTo("r");
    }

    private static String read(int seq) {
        return "{'type':'read','id':'r" + seq + "','room':'lobby','seq':" + seq + "}";
    }

    private static List<String> ids(List<JsonObject> messages, String type) {
        return messages.stream()
                .filter(message -> message.getString("type").equals(type))
                .map(message -> message.getString("id", ""))
                .toList();
    }

    @Test
    void pageThatMarksEachMessageGetsEveryAckAndFewWrites() {
        withMessages(300);
        TestHub.Peer page = hub.guest("Guest");
        TestHub.Peer phone = hub.again(page);
        IntStream.rangeClosed(1, 300).forEach(seq -> page.say(read(seq)));

        assertThat(page.hears("ack").getString("id")).isEqualTo("r1");
        assertThat(phone.hears("read").getInt("seq")).isOne();
        page.hears("read");
        page.hearsNothing();
        phone.hearsNothing();

        hub.passReadMarks();
        assertThat(phone.hears("read").getInt("seq")).isEqualTo(300);
        phone.hearsNothing();
        assertThat(ids(page.takesAll(), "ack"))
                .isEqualTo(
                        IntStream.rangeClosed(2, 300).mapToObj(seq -> "r" + seq).toList());
        assertThat(page.session().isOpen()).isTrue();
    }

    @Test
    void marksThatWaitAreWrittenWhenTheirSessionEnds() {
        withMessages(5);
        TestHub.Peer page = hub.guest("Guest");
        TestHub.Peer phone = hub.again(page);
        page.say(read(1)).say(read(2)).say(read(5));
        assertThat(phone.hears("read").getInt("seq")).isOne();

        page.session().end(1001, "gone");

        assertThat(phone.hears("read").getInt("seq")).isEqualTo(5);
    }

    @Test
    void eachReadOfAForbiddenRoomGetsItsErrorAlsoIfMerged() {
        TestHub.Peer ana = hub.user("Ana");
        String read = "{'type':'read','id':'%s','room':'_tea','seq':1}";
        ana.say(read.formatted("a")).hearsError("no_such_room");
        ana.say(read.formatted("b")).say(read.formatted("c")).hearsNothing();

        hub.passReadMarks();

        assertThat(ana.hearsError("no_such_room").getString("id")).isEqualTo("b");
        assertThat(ana.hearsError("no_such_room").getString("id")).isEqualTo("c");
    }

    @Test
    void readThatWaitsThroughAnOutageIsUnavailable() {
        withMessages(2);
        TestHub.Peer guest = hub.guest("Guest");
        guest.ask(read(1), "ack");
        guest.hears("read");
        guest.say(read(2));
        hub.database().goDown();

        hub.passReadMarks();

        assertThat(guest.hearsError("store_unavailable").getString("id")).isEqualTo("r2");
        hub.database().comeBack();
        hub.passReadMarks();
        guest.ask(read(2), "ack");
    }

    @Test
    void readsThatWaitAreBoundedAndThenTheSessionWaits() throws InterruptedException {
        withMessages(2);
        // The pages of the sign-in have been read then: else one of them would be held.
        TestHub.Peer guest = hub.guest("Guest").hearsNothing();
        hub.database().holdTheNext();
        guest.say(read(1));
        hub.database().awaitHeld();
        int reads = 1_001;
        IntStream.rangeClosed(2, reads).forEach(seq -> guest.say(read(seq)));
        guest.say("{'type':'ping','id':'p'}").hearsNothing();
        assertThat(guest.session().isOpen()).isTrue();

        hub.database().release();
        List<JsonObject> heard = new ArrayList<>();
        Awaitility.await().until(() -> {
            hub.passReadMarks();
            heard.addAll(guest.takesAll());
            return ids(heard, "ack").size() == reads && ids(heard, "pong").contains("p");
        });
        assertThat(ids(heard, "error")).isEmpty();
    }
}
