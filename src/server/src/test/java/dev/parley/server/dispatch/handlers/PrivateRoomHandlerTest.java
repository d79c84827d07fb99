package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.TestHub;
import dev.parley.server.store.RoomStore;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrivateRoomHandlerTest {
    private final TestHub hub = TestHub.openToGuests();
    private final TestHub.Peer ana = hub.user("Ana");
    private final TestHub.Peer ben = hub.user("Ben");

    @AfterEach
    void close() {
        hub.close();
    }

    private String create(String members) {
        return ana.ask("{'type':'create','id':'c','name':'plans','members':" + members + "}", "created")
                .getString("room");
    }

    private static String chat(String room, String id) {
        return "{'type':'chat','id':'" + id + "','room':'" + room + "','content':'x'}";
    }

    @Test
    void membersTalkInAPrivateRoom() {
        String room = create("['Ben','Ana']");
        assertThat(room).startsWith("_plans-");
        assertThat(ben.hears("created").getString("room"))
                .as("created message of a member")
                .isEqualTo(room);
        ana.ask("{'type':'join','room':'" + room + "'}", "joined");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.ask(chat(room, "1"), "ack");
        assertThat(ben.hears("chat").getString("room")).isEqualTo(room);
        JsonObject rooms = ben.ask("{'type':'rooms'}", "rooms");
        assertThat(rooms.getJsonArray("rooms").getJsonObject(0).getString("room"))
                .isEqualTo(room);
    }

    @Test
    void foreignRoomLooksLikeOneThatDoesNotExist() {
        String room = create("[]");
        for (String name : new String[] {room, "_never-made"}) {
            hub.passReadMarks();
            for (String message : new String[] {
                "{'type':'join','room':'%s'}",
                "{'type':'chat','room':'%s','content':'x'}",
                "{'type':'history','room':'%s'}",
                "{'type':'read','room':'%s','seq':1}",
                "{'type':'presence','room':'%s'}",
                "{'type':'typing','room':'%s'}",
                "{'type':'leave','room':'%s'}",
                "{'type':'invite','room':'%s','username':'Ben'}",
                "{'type':'remove','room':'%s','username':'Ana'}",
                "{'type':'upload','room':'%s','name':'a.png','mediaType':'image/png','size':3}"
            }) {
                JsonObject error = ben.say(message.formatted(name)).hearsError("no_such_room");
                assertThat(error.getString("message").replace(name, "NAME"))
                        .isEqualTo("There is no room 'NAME' that you may see.");
            }
        }
        ben.hearsNothing();
        assertThat(ben.ask("{'type':'rooms'}", "rooms").toString()).doesNotContain("_plans");
    }

    @Test
    void removedMemberReceivesNothingMore() {
        String room = create("['Ben']");
        ben.hears("created");
        ana.ask("{'type':'join','room':'" + room + "'}", "joined");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.ask("{'type':'remove','id':'r','room':'" + room + "','username':'Ben'}", "ack");
        assertThat(ben.hearsAtLast("left").getString("room")).isEqualTo(room);
        ana.ask(chat(room, "1"), "ack");
        ana.hearsAtLast("chat");
        ben.say(chat(room, "2")).hearsError("no_such_room");
        ben.say("{'type':'history','room':'" + room + "'}").hearsError("no_such_room");
        ben.hearsNothing();

        ana.ask("{'type':'invite','room':'" + room + "','username':'Ben'}", "ack");
        assertThat(ben.hears("created").getString("room")).isEqualTo(room);
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
    }

    @Test
    void userIsFoundInAnyCase() {
        String room = create("['BEN']");
        ben.hears("created");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.ask("{'type':'remove','id':'r','room':'" + room + "','username':'ben'}", "ack");
        assertThat(ben.hearsAtLast("left").getString("room")).isEqualTo(room);
        ben.say("{'type':'history','room':'" + room + "'}").hearsError("no_such_room");
        ana.ask("{'type':'invite','room':'" + room + "','username':'bEN'}", "ack");
        ben.hears("created");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.say("{'type':'remove','room':'" + room + "','username':'ana'}").hearsError("forbidden");
    }

    @Test
    void userInvitedInOtherCaseBeforeItsFirstLoginIsMember() {
        String room = create("['carl']");
        ana.ask("{'type':'message','id':'m','to':'CARL','content':'Come in'}", "ack");
        TestHub.Peer carl = hub.user("Carl");
        carl.ask("{'type':'join','room':'" + room + "'}", "joined");
        JsonObject inbox = carl.ask("{'type':'history','inbox':true}", "history");
        assertThat(inbox.getJsonArray("messages")).hasSize(1);
    }

    @Test
    void evictedSessionIsNoLongerInTheRoom() {
        String room = create("['Ben']");
        ben.hears("created");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.ask("{'type':'remove','id':'r','room':'" + room + "','username':'Ben'}", "ack");
        ben.hearsAtLast("left");
        ben.say("{'type':'typing','room':'" + room + "'}").hearsError("no_such_room");
        ana.ask("{'type':'invite','room':'" + room + "','username':'Ben'}", "ack");
        ben.hears("created");
        JsonObject first =
                ben.ask("{'type':'rooms'}", "rooms").getJsonArray("rooms").getJsonObject(0);
        assertThat(first.getString("room")).isEqualTo(room);
        assertThat(first.getBoolean("joined")).isFalse();
    }

    private static JsonObject members(TestHub.Peer peer, String room) {
        return peer.ask("{'type':'members','id':'m','room':'" + room + "'}", "members");
    }

    private static List<String> names(JsonObject members) {
        return members.getJsonArray("members").getValuesAs(JsonString::getString);
    }

    @Test
    void membersAreListedForEachOtherPresentOrNot() {
        String room = create("['bEN','carl']");
        ben.hears("created");
        for (TestHub.Peer peer : List.of(ana, ben)) {
            JsonObject listed = members(peer, room.toUpperCase(Locale.ROOT));
            assertThat(listed.getString("room")).isEqualTo(room);
            assertThat(listed.getString("owner")).isEqualTo("Ana");
            assertThat(names(listed))
                    .as("as they first signed in, or folded before that")
                    .containsExactly("Ana", "Ben", "carl");
        }
        hub.user("Carl");
        assertThat(names(members(ana, room))).containsExactly("Ana", "Ben", "Carl");
    }

    @Test
    void removedMemberIsToldNoMembersAndIsNone() {
        String room = create("['Ben']");
        ben.hears("created");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ana.ask("{'type':'remove','id':'r','room':'" + room + "','username':'Ben'}", "ack");
        ben.hearsAtLast("left");
        assertThat(error(ben, room)).isEqualTo(error(ben, "_never-made"));
        assertThat(names(members(ana, room))).containsExactly("Ana");
    }

    @Test
    void whoIsNoMemberGetsTheAnswerOfARoomThatIsNotThere() {
        String room = create("['Gus']");
        TestHub.Peer gus = hub.guest("Gus");
        for (TestHub.Peer stranger : List.of(ben, gus)) {
            assertThat(error(stranger, room)).isEqualTo(error(stranger, "_never-made"));
        }
        assertThat(error(ana, "lobby"))
                .as("a public room, which has no members")
                .isEqualTo(error(ana, "_never-made"));
    }

    /** The whole answer to a refused {@code members}, without the room's name. */
    private static String error(TestHub.Peer peer, String room) {
        return peer.say("{'type':'members','id':'m','room':'" + room + "'}")
                .hearsError("no_such_room")
                .toString()
                .replace(room, "NAME");
    }

    @Test
    void membersOfANewRoomAreBounded() {
        String tooMany = IntStream.rangeClosed(0, RoomStore.MEMBERS_MAX)
                .mapToObj(i -> "'u" + i + "'")
                .collect(Collectors.joining(",", "[", "]"));
        ana.say("{'type':'create','name':'plans','members':" + tooMany + "}").hearsError("bad_message");
    }

    @Test
    void ownerMayLeaveOnlyAsTheLastMember() {
        String room = create("['Ben']");
        ana.say("{'type':'remove','room':'" + room + "','username':'Ana'}").hearsError("forbidden");
        ana.ask("{'type':'remove','id':'b','room':'" + room + "','username':'Ben'}", "ack");
        ana.ask("{'type':'remove','id':'a','room':'" + room + "','username':'Ana'}", "ack");
        ana.say("{'type':'join','room':'" + room + "'}").hearsError("no_such_room");
    }

    @Test
    void onlyTheOwnerInvites() {
        String room = create("['Ben']");
        ben.hears("created");
        ben.say("{'type':'invite','room':'" + room + "','username':'Carl'}").hearsError("forbidden");
        ana.say("{'type':'remove','room':'" + room + "','username':'Ana'}").hearsError("forbidden");
        ben.ask("{'type':'remove','id':'r','room':'" + room + "','username':'Ben'}", "ack");
    }

    @Test
    void guestsHaveNoPrivateRooms() {
        TestHub.Peer guest = hub.guest("Gus");
        guest.say("{'type':'create','name':'mine'}").hearsError("forbidden");
        String room = create("['Gus']");
        guest.say("{'type':'join','room':'" + room + "'}").hearsError("no_such_room");
    }

    @Test
    void positionsOfOthersRoomsAreIgnoredAtLogin() {
        String room = create("[]");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        TestHub.Peer carl = hub.user("Carl");
        JsonObject welcome = carl.ask(
                "{'type':'login','positions':{'room:" + room
                        + "':{'epoch':'e','seq':0},'room:tea':{'epoch':'e','seq':0}}}",
                "welcome");
        assertThat(welcome.getJsonObject("channels")).containsKey("room:tea").doesNotContainKey("room:" + room);
    }
}
