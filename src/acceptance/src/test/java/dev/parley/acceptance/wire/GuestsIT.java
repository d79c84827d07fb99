package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;

/** Attacks of guests on guests and users, by names that have no owner. */
class GuestsIT extends ArquillianTest {
    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.guests", "true", "parley.token.secret", Tokens.SECRET));
    }

    private URI chat() {
        return ws("/chat");
    }

    private JsonObject comesBack(WireClient client, String secret) {
        client.send("{'type':'login','guestSecret':'" + secret + "'}");
        return client.next("welcome");
    }

    private static List<String> inbox(WireClient client) {
        client.send("{'type':'history','inbox':true,'id':'h'}");
        return client.answer("h").getJsonArray("messages").getValuesAs(message -> message.asJsonObject()
                .getString("content"));
    }

    @Test
    void guestUnderANameIsNoUserOfThatName() throws Exception {
        try (WireClient impostor = WireClient.guest(chat(), "BOSS");
                WireClient reader = WireClient.guest(chat(), "reader-1")) {
            impostor.send("{'type':'chat','content':'I am the boss','id':'1'}");
            JsonObject lie =
                    reader.next("chat", chat -> chat.getString("content").equals("I am the boss"));
            try (WireClient boss = WireClient.user(chat(), "boss")) {
                boss.send("{'type':'chat','content':'I am','id':'1'}");
                assertThat(reader.next("chat", chat -> chat.getString("content").equals("I am")))
                        .doesNotContainKey("guest");

                JsonObject renamed = impostor.next("welcome");
                assertThat(renamed.getString("username")).isEqualTo("guest-" + lie.getString("guest"));
                impostor.send("{'type':'chat','content':'still here','id':'2'}");
                JsonObject chat =
                        reader.next("chat", one -> one.getString("content").equals("still here"));
                assertThat(chat.getString("sender")).isEqualTo(renamed.getString("username"));
                assertThat(chat.getString("guest")).isEqualTo(lie.getString("guest"));

                assertThat(revoke("boss")).isEqualTo(204);
                assertThat(boss.closeCode()).isEqualTo(4505);
                impostor.send("{'type':'ping','id':'p'}").answer("p");
            }
        }
    }

    private int revoke(String user) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(http().resolve("api/users/" + user + "/revocation"))
                .header("Authorization", "Bearer " + Tokens.of("guests-admin", "admin"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void manySessionsUnderANameCloseNobody() {
        List<WireClient> crowd = new ArrayList<>();
        try (WireClient victim = WireClient.guest(chat(), "victim")) {
            for (int i = 0; i < 25; i++) {
                crowd.add(WireClient.guest(chat(), "victim"));
            }
            victim.send("{'type':'ping','id':'p'}").answer("p");
            assertThat(victim.isOpen()).isTrue();
        } finally {
            crowd.forEach(WireClient::close);
        }
    }

    @Test
    void inboxStaysWithTheGuestThatHasTheSecret() {
        String secret;
        try (WireClient first = WireClient.connect(chat());
                WireClient friend = WireClient.user(chat(), "friend-2")) {
            first.send("{'type':'login','username':'guest-of-2'}");
            secret = first.next("welcome").getString("guestSecret");
            friend.send("{'type':'message','to':'guest-of-2','content':'for you alone','id':'m'}");
            friend.answer("m");
            first.next("message");
        }
        try (WireClient next = WireClient.guest(chat(), "guest-of-2")) {
            assertThat(inbox(next)).isEmpty();
        }
        try (WireClient back = WireClient.connect(chat())) {
            assertThat(comesBack(back, secret).getString("username")).isEqualTo("guest-of-2");
            assertThat(inbox(back)).containsExactly("for you alone");
        }
        try (WireClient user = WireClient.user(chat(), "guest-of-2")) {
            assertThat(inbox(user)).isEmpty();
        }
    }

    @Test
    void messageOfAGuestIsStoredOnceWithTheSecret() {
        String secret;
        JsonObject first;
        String message = "{'type':'chat','room':'of-guests','content':'once','id':'the-id'}";
        try (WireClient client = WireClient.connect(chat())) {
            client.send("{'type':'login','username':'sender-3'}");
            secret = client.next("welcome").getString("guestSecret");
            first = client.send(message).next("ack");
        }
        try (WireClient client = WireClient.connect(chat())) {
            comesBack(client, secret);
            assertThat(client.send(message).next("ack")).isEqualTo(first);
        }
        try (WireClient another = WireClient.guest(chat(), "sender-3")) {
            assertThat(another.send(message).next("ack").getInt("seq")).isEqualTo(first.getInt("seq") + 1);
        }
    }

    @Test
    void wrongSecretLeavesTheConnectionOpenForAnotherLogin() {
        try (WireClient client = WireClient.connect(chat())) {
            client.send("{'type':'login','guestSecret':'guessed','id':'l1'}");
            assertThat(client.answer("l1").getString("code")).isEqualTo("login_refused");
            client.send("{'type':'login','username':'new-4','id':'l2'}");
            assertThat(client.answer("l2").getString("guestSecret")).isNotEmpty();
        }
    }
}
