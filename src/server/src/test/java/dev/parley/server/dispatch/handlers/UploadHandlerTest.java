package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import dev.parley.server.dispatch.RateLimiter;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UploadHandlerTest {
    private TestHub hub = TestHub.openToGuests();

    @AfterEach
    void close() {
        hub.close();
    }

    private static String announce(int size) {
        return "{'type':'upload','id':'u','room':'lobby','name':'a b.png','mediaType':'image/png','size':" + size + "}";
    }

    private static void send(TestHub.Peer peer, byte[] file, int frame) {
        for (int from = 0; from < file.length; from += frame) {
            peer.inbound().received(Arrays.copyOfRange(file, from, Math.min(file.length, from + frame)));
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private JsonObject upload(TestHub.Peer peer, byte[] file) {
        peer.say(announce(file.length));
        send(peer, file, 64 * 1024);
        peer.hears("ack");
        return peer.hears("uploaded").getJsonObject("attachment");
    }

    @Test
    void uploadIsAckedAndStoredUnchanged() {
        TestHub.Peer ana = hub.guest("Ana");
        byte[] file = random(TestHub.FILE_MAX);
        JsonObject attachment = upload(ana, file);

        assertThat(attachment.getString("name")).isEqualTo("a b.png");
        assertThat(attachment.getString("mediaType")).isEqualTo("image/png");
        assertThat(attachment.getInt("size")).isEqualTo(file.length);
        assertThat(attachment.getString("href")).isEqualTo("attachments/" + attachment.getString("id"));
        assertThat(hub.file(attachment.getString("id"))).isEqualTo(file);
        assertThat(hub.inboundMemory().bytes()).isZero();
    }

    @Test
    void fileOverTheQuotaIsRefusedAndItsBytesAreIgnored() {
        List<TestHub.Peer> full = IntStream.range(0, TestHub.FILES_MAX)
                .mapToObj(i -> hub.user("Ana"))
                .toList();
        full.forEach(peer -> peer.ask(announce(TestHub.FILE_MAX), "ack"));
        TestHub.Peer ana = hub.user("Ana");

        JsonObject error = ana.say(announce(1)).hearsError("too_many_files");
        assertThat(error.getString("id")).isEqualTo("u");
        assertThat(error.containsKey("retryAfter")).isFalse();
        send(ana, new byte[1], 1);
        ana.hearsNothing();
        ana.ask("{'type':'chat','id':'c','content':'goes on'}", "ack");
        upload(hub.user("Ben"), new byte[1]);

        full.get(0).session().end(1001, "gone");
        Awaitility.await().until(() -> hub.fileCount() == TestHub.FILES_MAX);
        ana.hearsAtLast("chat");
        upload(ana, new byte[1]);
    }

    @Test
    void emptyFileNeedsNoBytes() {
        TestHub.Peer ana = hub.guest("Ana");
        assertThat(hub.file(upload(ana, new byte[0]).getString("id"))).isEmpty();
    }

    @Test
    void fileMayComeInSmallFrames() {
        TestHub.Peer ana = hub.guest("Ana");
        byte[] file = random(3_000);
        ana.say(announce(file.length));
        ana.hears("ack");
        send(ana, file, 7);
        assertThat(hub.file(ana.hears("uploaded").getJsonObject("attachment").getString("id")))
                .isEqualTo(file);
    }

    @Test
    void errorQuotesOnlyTheBeginningOfAFileName() {
        TestHub.Peer ana = hub.guest("Ana");
        String name = "\u00a4".repeat(255);
        String shown = "'" + "\u00a4".repeat(40) + "\u2026'";
        String upload = "{'type':'upload','room':'lobby','name':'" + name + "','mediaType':'a/b','size':";

        assertThat(ana.say(upload + (TestHub.FILE_MAX + 1) + "}")
                        .hearsError("too_long")
                        .getString("message"))
                .contains(shown);
        ana.ask(upload + "2}", "ack");
        ana.say(upload + "2}");
        assertThat(ana.hearsError("bad_chunk").getString("message")).contains(shown);
    }

    @Test
    void chatShowsAnAttachmentOfItsSenderInItsRoom() {
        TestHub.Peer ana = hub.guest("Ana");
        String id = upload(ana, random(10)).getString("id");
        ana.ask("{'type':'chat','id':'c','content':'look','attachment':{'id':'" + id + "','name':'lie.html'}}", "ack");
        JsonObject shown = ana.hears("chat").getJsonObject("attachment");
        assertThat(shown.getString("name")).isEqualTo("a b.png");
        assertThat(shown.getInt("size")).isEqualTo(10);
        assertThat(shown.getString("href")).isEqualTo("attachments/" + id);

        ana.ask("{'type':'join','room':'other'}", "joined");
        ana.say("{'type':'chat','room':'other','content':'x','attachment':{'id':'" + id + "'}}")
                .hearsError("bad_message");
        hub.guest("Ben")
                .say("{'type':'chat','content':'x','attachment':{'id':'" + id + "'}}")
                .hearsError("bad_message");
        ana.say("{'type':'chat','content':'x','attachment':{'id':'nothing'}}").hearsError("bad_message");
    }

    @Test
    void duplicateChatWithAnAttachmentIsAcked() {
        TestHub.Peer ana = hub.guest("Ana");
        String id = upload(ana, random(10)).getString("id");
        String chat = "{'type':'chat','id':'c','content':'look','attachment':{'id':'" + id + "'}}";
        JsonObject ack = ana.ask(chat, "ack");
        ana.hears("chat");
        assertThat(ana.ask(chat, "ack")).isEqualTo(ack);
        ana.say("{'type':'chat','id':'c','content':'look'}").hearsError("conflict");

        hub.deleteFiles();
        assertThat(ana.ask(chat, "ack")).isEqualTo(ack);
        ana.say(chat.replace("look", "see")).hearsError("conflict");
        ana.say(chat.replace("'c'", "'d'")).hearsError("bad_message");
        ana.hearsNothing();
    }

    @Test
    void bufferedBytesAreCountedAndReleased() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(300_000), "ack");
        for (int i = 0; i < 4; i++) {
            ana.inbound().received(new byte[60_000]);
        }
        ana.ask("{'type':'ping'}", "pong");
        assertThat(hub.inboundMemory().bytes()).isGreaterThanOrEqualTo(240_000);
        ana.inbound().received(new byte[60_000]);
        ana.hears("uploaded");
        Awaitility.await().until(() -> hub.inboundMemory().bytes() == 0);
    }

    @Test
    void fileWithAMissingPartIsNotUploaded() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(600_000), "ack");
        hub.makePartsOfUploadsConflict();
        for (int i = 0; i < 10; i++) {
            ana.inbound().received(new byte[60_000]);
        }
        assertThat(ana.hearsError("internal").getString("id")).isEqualTo("u");
        ana.hearsNothing();
        Awaitility.await().until(() -> hub.inboundMemory().bytes() == 0);
        assertThat(upload(ana, random(3)).getInt("size")).isEqualTo(3);
    }

    @Test
    void unannouncedBytesAreBadChunks() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.inbound().received(new byte[] {1});
        ana.hearsError("bad_chunk");
    }

    @Test
    void moreBytesThanAnnouncedEndTheUpload() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(10), "ack");
        ana.inbound().received(new byte[11]);
        assertThat(ana.hearsError("bad_chunk").getString("id")).isEqualTo("u");
        ana.inbound().received(new byte[11]);
        ana.hearsError("bad_chunk");
        assertThat(upload(ana, random(3)).getInt("size")).isEqualTo(3);
    }

    @Test
    void emptyFramesAndTricklesKeepNoUploadAlive() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(300_000), "ack");
        ana.inbound().received(new byte[0]);
        hub.clock().advance(Duration.ofSeconds(10));
        ana.inbound().received(new byte[0]);
        hub.clock().advance(Duration.ofSeconds(10));
        hub.dispatcher().expire();
        ana.hearsError("bad_chunk");

        ana.ask(announce(300_000), "ack");
        for (int i = 0; i < 4; i++) {
            hub.clock().advance(Duration.ofSeconds(10));
            ana.inbound().received(new byte[1]);
            hub.dispatcher().expire();
        }
        assertThat(ana.hearsError("bad_chunk").getString("message")).contains("too slowly");
    }

    @Test
    void secondUploadEndsBothAndTheirBytesAreIgnored() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(10), "ack");
        ana.say(announce(2_000)).hearsError("bad_chunk");
        ana.inbound().received(new byte[10]);
        ana.inbound().received(new byte[1_000]);
        ana.inbound().received(new byte[1_000]);
        ana.ask("{'type':'ping'}", "pong");
        ana.hearsNothing();
    }

    @Test
    void bytesOfTheFirstOfTwoUploadsAreIgnored() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(10), "ack");
        ana.say(announce(20)).hearsError("bad_chunk");
        ana.inbound().received(new byte[10]);
        ana.hearsNothing();
    }

    @Test
    void overlongFileIsRefusedBeforeItsBytes() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.say(announce(TestHub.FILE_MAX + 1)).hearsError("too_long");
        // Bytes that were in flight cause no further error.
        ana.inbound().received(new byte[1_000]);
        ana.hearsNothing();
    }

    @Test
    void ignoredBytesAreLimitedToTheLongestFile() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.say("{'type':'upload','id':'u','room':'lobby','name':'a.png','mediaType':'image/png',"
                        + "'size':9000000000000000}")
                .hearsError("too_long");
        ana.inbound().received(new byte[TestHub.FILE_MAX]);
        ana.hearsNothing();
        ana.inbound().received(new byte[] {1});
        ana.hearsError("bad_chunk");
    }

    @Test
    void unannouncedBytesCountForTheRate() {
        hub.close();
        hub = TestHub.withRate(1);
        TestHub.Peer ana = hub.guest("Ana");
        int each = 9 * 1024 * 1024;
        for (long sent = each; sent < TestHub.BYTES_AT_ONCE; sent += each) {
            ana.inbound().received(new byte[each]);
            ana.hearsError("bad_chunk");
            // Waits until these bytes are processed, so that the bound of waiting bytes is not exceeded.
            ana.ask("{'type':'ping'}", "pong");
        }
        ana.inbound().received(new byte[each]);
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
    }

    @Test
    void frameOfAFileCostsMoreThanItsBytes() {
        hub.close();
        hub = TestHub.withRate(1);
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(300_000), "ack");
        // Waits until the upload is processed, so that no frame waits for it.
        ana.ask("{'type':'ping'}", "pong");
        long most = 2 * TestHub.BYTES_AT_ONCE / RateLimiter.MESSAGE_COST_BYTES;
        for (long frames = 0; frames < most && ana.session().isOpen(); frames++) {
            ana.inbound().received(new byte[0]);
        }
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
    }

    @Test
    void namesAndMediaTypesMustBeWellFormed() {
        TestHub.Peer ana = hub.guest("Ana");
        for (String name : new String[] {"../etc/passwd", "a\\\\b", " ", "a\\u0007", "a\\u202Egnp.exe"}) {
            ana.say("{'type':'upload','room':'lobby','name':'" + name + "','mediaType':'image/png','size':1}")
                    .hearsError("bad_message");
        }
        for (String type : new String[] {"image", "image/", "/png", "image/png; a=b", "text/html\\r\\nX: y"}) {
            ana.say("{'type':'upload','room':'lobby','name':'a','mediaType':'" + type + "','size':1}")
                    .hearsError("bad_message");
        }
    }

    @Test
    void uploadToAnUnreadableRoomIsRefused() {
        TestHub.Peer ana = hub.guest("Ana");
        for (String room : new String[] {"_private", "nowhere"}) {
            ana.say("{'type':'upload','room':'" + room + "','name':'a','mediaType':'image/png','size':1}")
                    .hearsError("no_such_room");
        }
    }

    @Test
    void stalledUploadIsRejectedAndDiscarded() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(1_000), "ack");
        ana.inbound().received(new byte[400]);
        hub.clock().advance(TestHub.TIMEOUT.minusMillis(1));
        hub.dispatcher().expire();
        ana.ask("{'type':'ping'}", "pong");
        hub.clock().advance(TestHub.TIMEOUT);
        hub.dispatcher().expire();
        assertThat(ana.hearsError("bad_chunk").getString("id")).isEqualTo("u");
        Awaitility.await().until(() -> hub.fileCount() == 0);
        ana.inbound().received(new byte[600]);
        ana.hearsNothing();
    }

    @Test
    void uploadOfAnEndedSessionIsDiscarded() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(1_000), "ack");
        assertThat(hub.fileCount()).isEqualTo(1);
        ana.session().closeNow(CloseCode.GOING_AWAY);
        Awaitility.await().until(() -> hub.fileCount() == 0);
    }

    @Test
    void storeFailureIsReportedOnceForAFile() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(600_000), "ack");
        hub.database().goDown();
        send(ana, random(600_000), 60_000);
        assertThat(ana.hearsError("store_unavailable").getString("id")).isEqualTo("u");
        ana.hearsNothing();
        hub.database().comeBack();
        upload(ana, random(100));
    }

    @Test
    void bytesWaitingForTheStoreAreBounded() {
        TestHub.Peer ana = hub.guest("Ana");
        ana.ask(announce(TestHub.FILE_MAX), "ack");
        hub.database().hold();
        byte[] frame = new byte[64 * 1024];
        IntStream.range(0, 100).forEach(i -> ana.inbound().received(frame));
        assertThat(ana.session().isOpen()).isFalse();
        hub.database().release();
        assertThat(ana.takeClose()).isIn(CloseCode.RATE_LIMITED, CloseCode.TRY_AGAIN_LATER);
        Awaitility.await().until(() -> hub.inboundMemory().bytes() == 0);
    }
}
