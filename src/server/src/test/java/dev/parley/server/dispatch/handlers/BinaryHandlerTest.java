package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ClientBinary;
import dev.parley.protocol.binary.ServerBinary;
import dev.parley.server.TestHub;
import dev.parley.server.session.EndpointType;
import jakarta.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BinaryHandlerTest {
    private static final byte[] PAYLOAD = {0, 1, (byte) 0xff};

    private TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private void restartWith(Map<String, String> settings) {
        hub.close();
        hub = TestHub.with(settings);
    }

    static byte[] frame(String room, byte[] payload) {
        return BinaryCodec.encode(new ClientBinary(Optional.of("b"), room, "image/png", ByteBuffer.wrap(payload)));
    }

    /** A user in the lobby who wants binary frames. */
    private TestHub.Peer reader(String token) {
        TestHub.Peer peer = hub.connect();
        peer.ask("{'type':'login','token':'" + token + "','binary':true}", "welcome");
        return peer;
    }

    private static JsonObject refused(TestHub.Peer peer, byte[] frame, String code) {
        JsonObject error = peer.sayBinary(frame).hearsError(code);
        assertThat(error.getString("id", "none")).isEqualTo("b");
        return error;
    }

    @Test
    void frameReachesTheOthersInTheRoomThatAskedForIt() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        TestHub.Peer deaf = hub.user("Cid");
        TestHub.Peer elsewhere = reader("Dan");
        elsewhere.ask("{'type':'leave','room':'lobby'}", "left");

        ana.sayBinary(frame("LOBBY", PAYLOAD));
        assertThat(ben.hearsBinary())
                .isEqualTo(new ServerBinary("lobby", "Ana", Optional.empty(), "image/png", ByteBuffer.wrap(PAYLOAD)));
        ana.hearsNothing();
        deaf.hearsNothing();
        elsewhere.hearsNothing();
    }

    @Test
    void otherSessionsOfTheSenderGetIt() {
        TestHub.Peer phone = reader("Ana");
        TestHub.Peer laptop = reader("Ana");
        phone.sayBinary(frame("lobby", PAYLOAD));
        assertThat(laptop.hearsBinary().sender()).isEqualTo("Ana");
        phone.hearsNothing();
    }

    @Test
    void everyPayloadIsRelayedUnchangedAndWhole() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        for (int size : new int[] {0, 1, 125, 126, 32 * 1024}) {
            byte[] payload = new byte[size];
            new Random(size).nextBytes(payload);
            ana.sayBinary(frame("lobby", payload));
            assertThat(ben.hearsBinary().payload()).isEqualTo(ByteBuffer.wrap(payload));
        }
        assertThat(hub.inboundMemory().bytes()).isZero();
    }

    @Test
    void laterLoginTurnsFramesOnAndOff() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = hub.user("Ben");
        ana.sayBinary(frame("lobby", PAYLOAD));
        ben.hearsNothing();

        ben.ask("{'type':'login','binary':true}", "welcome");
        ana.sayBinary(frame("lobby", PAYLOAD));
        ben.hearsBinary();
        ben.ask("{'type':'login'}", "welcome");
        ana.sayBinary(frame("lobby", PAYLOAD));
        ben.hearsBinary();
        ben.ask("{'type':'login','binary':false}", "welcome");
        ana.sayBinary(frame("lobby", PAYLOAD));
        ben.hearsNothing();
    }

    @Test
    void framesBeforeTheSignInAreRefused() {
        TestHub.Peer nobody = hub.connect();
        assertThat(refused(nobody, frame("lobby", PAYLOAD), "login_required").getString("message"))
                .contains("login");
        assertThat(nobody.session().isSignedIn()).isFalse();
        nobody.ask("{'type':'login','token':'Ana'}", "welcome");
    }

    @Test
    void roomThatOneIsNotInIsRefused() {
        TestHub.Peer ana = hub.user("Ana");
        assertThat(refused(ana, frame("tea", PAYLOAD), "forbidden").getString("message"))
                .contains("'tea'", "join");
        ana.ask("{'type':'join','room':'tea'}", "joined");
        ana.sayBinary(frame("tea", PAYLOAD)).hearsNothing();
        ana.ask("{'type':'leave','room':'tea'}", "left");
        refused(ana, frame("tea", PAYLOAD), "forbidden");
    }

    @Test
    void privateRoomLooksToStrangersLikeNone() {
        TestHub.Peer ana = hub.user("Ana");
        String room = ana.ask("{'type':'create','name':'plan','members':['Ben']}", "created")
                .getString("room");
        TestHub.Peer eve = hub.user("Eve");
        String there = refused(eve, frame(room, PAYLOAD), "no_such_room").getString("message");
        String nowhere =
                refused(eve, frame("_nowhere", PAYLOAD), "no_such_room").getString("message");
        assertThat(there.replace(room, "_nowhere")).isEqualTo(nowhere);
    }

    @Test
    void whoWasRemovedFromAPrivateRoomNeitherSendsNorReceives() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        String room = ana.ask("{'type':'create','name':'plan','members':['Ben']}", "created")
                .getString("room");
        ana.ask("{'type':'join','room':'" + room + "'}", "joined");
        ben.hears("created");
        ben.ask("{'type':'join','room':'" + room + "'}", "joined");
        ben.sayBinary(frame(room, PAYLOAD));
        ana.hearsBinary();

        ana.say("{'type':'remove','room':'" + room + "','username':'Ben'}").hearsAtLast("ack");
        assertThat(ben.hears("left").getString("room")).isEqualTo(room);
        ana.sayBinary(frame(room, PAYLOAD));
        ben.hearsNothing();
        refused(ben, frame(room, PAYLOAD), "no_such_room");
        ana.hearsNothing();
    }

    @Test
    void guestsReceiveButDoNotSendUnlessASettingSaysSo() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer guest = hub.connect();
        JsonObject welcome = guest.ask("{'type':'login','username':'Gus','binary':true}", "welcome");
        assertThat(welcome.getJsonObject("limits").getInt("binary")).isZero();
        ana.sayBinary(frame("lobby", PAYLOAD));
        guest.hearsBinary();
        assertThat(refused(guest, frame("lobby", PAYLOAD), "forbidden").getString("message"))
                .contains("parley.binary.guests");

        restartWith(Map.of("parley.binary.guests", "true"));
        TestHub.Peer ben = reader("Ben");
        TestHub.Peer may = hub.guest("May");
        may.sayBinary(frame("lobby", PAYLOAD));
        ServerBinary heard = ben.hearsBinary();
        assertThat(heard.sender()).isEqualTo("May");
        assertThat(heard.guest()).hasValue(may.tag());
    }

    @Test
    void payloadOverTheLimitIsRefusedAndTheSessionGoesOn() {
        restartWith(Map.of("parley.binary.max", "1000"));
        TestHub.Peer ana = hub.connect();
        JsonObject welcome = ana.ask("{'type':'login','token':'Ana'}", "welcome");
        assertThat(welcome.getJsonObject("limits").getInt("binary")).isEqualTo(1_000);
        TestHub.Peer ben = reader("Ben");
        assertThat(refused(ana, frame("lobby", new byte[1_001]), "too_long").getString("message"))
                .contains("1000", "1001", "upload");
        ana.sayBinary(frame("lobby", new byte[1_000]));
        assertThat(ben.hearsBinary().payload().remaining()).isEqualTo(1_000);
    }

    @Test
    void limitOfZeroTakesNoFrames() {
        restartWith(Map.of("parley.binary.max", "0"));
        refused(hub.user("Ana"), frame("lobby", new byte[0]), "forbidden");
    }

    @Test
    void malformedFrameIsAnsweredWithItsIdAndWhatIsWrong() {
        TestHub.Peer ana = hub.user("Ana");
        byte[] header = "{\"id\":\"b\",\"room\":5}".getBytes(StandardCharsets.UTF_8);
        byte[] frame = ByteBuffer.allocate(2 + header.length)
                .putShort((short) header.length)
                .put(header)
                .array();
        assertThat(refused(ana, frame, "bad_message").getString("message")).contains("'room'", "a number");
        ana.ask("{'type':'ping'}", "pong");
    }

    @Test
    void monitorCarriesNoFrames() {
        TestHub.Peer ana = hub.connect(EndpointType.MONITOR);
        ana.ask("{'type':'login','token':'Ana','binary':true}", "welcome");
        refused(ana, frame("lobby", PAYLOAD), "unknown_type");
    }

    @Test
    void roomOverItsBudgetRefusesAndNobodyIsClosed() {
        restartWith(Map.of("parley.binary.rate", "1"));
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        TestHub.Peer cid = reader("Cid");
        ana.sayBinary(frame("lobby", PAYLOAD));
        ben.hearsBinary();
        cid.hearsBinary();
        for (int i = 0; i < 30; i++) {
            JsonObject error = refused(ben, frame("lobby", PAYLOAD), "rate_limited");
            assertThat(error.getString("message")).contains("'lobby'", "budget of 1 bytes");
            assertThat(error.getInt("retryAfter")).isPositive();
        }
        ana.ask("{'type':'join','room':'tea'}", "joined");
        ben.ask("{'type':'join','room':'tea'}", "joined");
        ana.sayBinary(frame("tea", PAYLOAD));
        ben.hearsBinary();
        cid.hearsNothing();
    }

    @Test
    void frameCostsItsBytesForEachReader() {
        int bytes = BinaryCodec.encode(
                        new ServerBinary("lobby", "Ana", Optional.empty(), "image/png", ByteBuffer.wrap(PAYLOAD)))
                .length;
        // Twice as much in a burst: two frames for one reader.
        restartWith(Map.of("parley.binary.rate", Integer.toString(bytes)));
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        for (TestHub.Peer peer : new TestHub.Peer[] {ana, ben}) {
            peer.ask("{'type':'join','room':'tea'}", "joined");
        }
        // So many that the budget is not there again for a minute.
        for (int i = 0; i < 60; i++) {
            reader("Reader" + i);
        }
        ana.sayBinary(frame("lobby", PAYLOAD));
        assertThat(ben.hearsBinary().room()).isEqualTo("lobby");
        refused(ana, frame("lobby", PAYLOAD), "rate_limited");

        for (int i = 0; i < 2; i++) {
            ana.sayBinary(frame("tea", PAYLOAD));
            assertThat(ben.hearsBinary().room()).isEqualTo("tea");
        }
    }

    @Test
    void userHasARateOfFrames() {
        hub.close();
        hub = TestHub.withRate(20);
        TestHub.Peer ana = hub.user("Ana");
        for (int i = 0; i < 300; i++) {
            ana.sayBinary(frame("lobby", PAYLOAD));
        }
        ana.hearsNothing();
        // The bucket fills while the test runs, and the refusals come a little later.
        Awaitility.await().until(() -> {
            for (int i = 0; i < 50; i++) {
                ana.sayBinary(frame("lobby", PAYLOAD));
            }
            return ana.takesAll().stream()
                    .anyMatch(message -> message.getString("code", "").equals("rate_limited"));
        });
    }

    @Test
    void openUploadTakesTheFramesThatFollowIt() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        byte[] frame = frame("lobby", PAYLOAD);
        ana.ask(
                "{'type':'upload','id':'u','room':'lobby','name':'a','mediaType':'a/b','size':" + frame.length + "}",
                "ack");
        ana.sayBinary(frame);
        String file = ana.hears("uploaded").getJsonObject("attachment").getString("id");
        assertThat(hub.file(file)).isEqualTo(frame);
        ben.hearsNothing();

        ana.sayBinary(frame);
        ben.hearsBinary();
    }

    @Test
    void bytesOfARejectedUploadReachNoRoom() {
        TestHub.Peer ana = reader("Ana");
        TestHub.Peer ben = reader("Ben");
        ana.say("{'type':'upload','id':'u','room':'lobby','name':'a','mediaType':'a/b','size':" + (TestHub.FILE_MAX + 1)
                        + "}")
                .hearsError("too_long");
        ana.sayBinary(new byte[1_000]).hearsNothing();
        assertThat(refused(ana, frame("lobby", PAYLOAD), "bad_chunk").getString("message"))
                .contains("15000 ms");
        ben.hearsNothing();

        hub.clock().advance(TestHub.TIMEOUT.minus(Duration.ofMillis(1)));
        refused(ana, frame("lobby", PAYLOAD), "bad_chunk");
        hub.clock().advance(Duration.ofMillis(1));
        ana.sayBinary(frame("lobby", PAYLOAD));
        ben.hearsBinary();
    }
}
