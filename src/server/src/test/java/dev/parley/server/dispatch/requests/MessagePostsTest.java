package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.TestHub;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.Problem;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MessagePostsTest {
    private static final int BYTES = 100;

    private TestHub hub = TestHub.withTokensOnly();

    @AfterEach
    void close() {
        hub.close();
    }

    private static Identity user(String name, String... roles) {
        return Identity.user(name, Set.of(roles), Instant.MAX, Optional.empty());
    }

    private static ClientMessage message(String json) {
        return ((Decoded.Valid) MessageCodec.decode(json.replace('\'', '"')).get(0)).message();
    }

    private ServerMessage.Ack post(Identity who, String json) {
        try {
            return hub.posts()
                    .post(who, message(json), BYTES)
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("No outcome of " + json, e);
        }
    }

    private Problem refusal(Identity who, String json) {
        return refusalOf(who, json).orElseThrow(() -> new AssertionError("It was acked: " + json));
    }

    /** Empty if it is acked. */
    private Optional<Problem> refusalOf(Identity who, String json) {
        try {
            post(who, json);
            return Optional.empty();
        } catch (Problem.Refused e) {
            return Optional.of(e.problem());
        }
    }

    @Test
    void postedChatReachesSessionsAndIsAcked() {
        TestHub.Peer ben = hub.user("Ben");
        ServerMessage.Ack ack = post(user("Ana"), "{'type':'chat','id':'c','content':'Hello'}");
        assertThat(ack.id()).contains("c");
        assertThat(ack.room()).contains("lobby");
        assertThat(ack.seq()).hasValue(1);
        JsonObject copy = ben.hears("chat");
        assertThat(copy.getString("sender")).isEqualTo("Ana");
        assertThat(copy.getInt("seq")).isOne();
    }

    @Test
    void retryGetsTheFirstAckOverWhicheverWay() {
        TestHub.Peer ana = hub.user("Ana");
        String chat = "{'type':'chat','id':'c','content':'Hello'}";
        JsonObject first = ana.ask(chat, "ack");
        ana.hears("chat");
        ServerMessage.Ack again = post(user("Ana"), chat);
        assertThat(MessageCodec.encode(again)).isEqualTo(first.toString());
        assertThat(post(user("Ana"), chat)).isEqualTo(again);

        ServerMessage.Ack posted = post(user("Ana"), "{'type':'message','id':'m','to':'Ben','content':'Hi'}");
        ana.hears("message");
        JsonObject resent = ana.ask("{'type':'message','id':'m','to':'Ben','content':'Hi'}", "ack");
        assertThat(resent).hasToString(MessageCodec.encode(posted));
        ana.hearsNothing();
    }

    @Test
    void sameIdWithOtherContentIsAConflict() {
        post(user("Ana"), "{'type':'chat','id':'c','content':'Hello'}");
        Problem problem = refusal(user("Ana"), "{'type':'chat','id':'c','content':'Bye'}");
        assertThat(problem.status()).isEqualTo(409);
        assertThat(problem.code()).isEqualTo("conflict");
    }

    @Test
    void directMessageIsInBothInboxes() {
        TestHub.Peer ana = hub.user("Ana");
        TestHub.Peer ben = hub.user("Ben");
        TestHub.Peer cid = hub.user("Cid");
        ServerMessage.Ack ack = post(user("Ana"), "{'type':'message','to':'Ben','content':'Hello'}");
        assertThat(ack.inbox()).contains(true);
        assertThat(ack.id()).as("the server makes one").isPresent();
        assertThat(ana.hears("message").getString("to")).isEqualTo("Ben");
        assertThat(ben.hears("message").getString("sender")).isEqualTo("Ana");
        cid.hearsNothing();
    }

    @Test
    void notificationNeedsItsRole() {
        String notification = "{'type':'notification','content':'Lunch'}";
        assertThat(refusal(user("Ana"), notification).status()).isEqualTo(403);
        TestHub.Peer ben = hub.user("Ben");
        assertThat(post(user("Ana", "notify"), notification).broadcast()).contains(true);
        assertThat(ben.hears("notification").getString("content")).isEqualTo("Lunch");
    }

    @Test
    void privateRoomIsNoSuchRoom() {
        Problem problem = refusal(user("Ana"), "{'type':'chat','room':'_tea-1','content':'Hello'}");
        assertThat(problem.status()).isEqualTo(404);
        assertThat(problem.code()).isEqualTo("no_such_room");
    }

    @Test
    void attachmentThatDoesNotExistIsRefused() {
        Problem problem = refusal(
                user("Ana"),
                "{'type':'chat','content':'See',"
                        + "'attachment':{'id':'a','name':'n','mediaType':'a/b','size':1,'href':'h'}}");
        assertThat(problem.status()).isEqualTo(400);
    }

    @Test
    void otherTypesAreRefused() {
        Problem problem = refusal(user("Ana"), "{'type':'ping'}");
        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.code()).isEqualTo("unknown_type");
    }

    @Test
    void unavailableStoreIsARetryableRefusal() {
        post(user("Ana"), "{'type':'chat','content':'Hello'}");
        hub.database().goDown();
        Problem problem = refusal(user("Ana"), "{'type':'chat','id':'c','content':'Hello'}");
        assertThat(problem.status()).isEqualTo(503);
        assertThat(problem.code()).isEqualTo("store_unavailable");
        hub.database().comeBack();
        assertThat(post(user("Ana"), "{'type':'chat','id':'c','content':'Hello'}")
                        .seq())
                .hasValue(2);
    }

    /** Posts more slowly than the rate allows would be accepted, so a busy machine may need several attempts. */
    @Test
    void rateIsSharedWithTheSessionsOfTheUser() {
        hub.close();
        hub = TestHub.withRate(1);
        TestHub.Peer ana = hub.user("Ana");
        Optional<Problem> refused = Optional.empty();
        for (int i = 0; refused.isEmpty() && i < 20; i++) {
            for (int burst = 0; burst < 5; burst++) {
                ana.say("{'type':'chat','content':'Hello'}");
            }
            refused = refusalOf(user("Ana"), "{'type':'chat','content':'Hello'}");
        }
        assertThat(refused.orElseThrow().status()).isEqualTo(429);
        assertThat(refused.orElseThrow().headers()).containsKey("Retry-After");
        assertThat(refusalOf(user("Ben"), "{'type':'chat','content':'Hello'}")).isEmpty();
    }
}
