package dev.parley.acceptance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guests who escape the rates of a user by ever new names. All of them come from one address, that of this test. */
@Timeout(120)
class GuestFloodIT extends ArquillianTest {
    /** Number of users whose rates the guests of an address share. */
    private static final int GUESTS = 10;

    private static final int MESSAGES_A_SECOND = 20;
    private static final int MESSAGES_AT_ONCE = 3 * MESSAGES_A_SECOND;
    private static final int NAMES = 60;

    private static final byte[] MEBIBYTE = new byte[1024 * 1024];
    private static final double MEBIBYTES_A_SECOND = 1 / 16.0;
    /** Two files and eight messages. */
    private static final double MEBIBYTES_AT_ONCE = 2.5;

    private static final int FILES = 75;

    @Deployment(testable = false)
    static WebArchive parley() {
        return ParleyDeployment.with(Map.of(
                "parley.guests", "true",
                "parley.token.secret", Tokens.SECRET,
                "parley.rate.messages", Integer.toString(MESSAGES_A_SECOND),
                "parley.rate.bytes", "64KiB",
                "parley.message.max", "64KiB",
                "parley.attachment.max", "1MiB",
                "parley.attachment.user", "2MiB"));
    }

    private static double secondsSince(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }

    /** Without a shared budget 60 names stored 3,600 chats within 6 s. */
    @Test
    void chatsOfSixtyNamesAreBounded() {
        List<WireClient> flooders = IntStream.range(0, NAMES)
                .mapToObj(i -> WireClient.guest(ws("/chat"), "flooder-" + i))
                .toList();
        try (WireClient ana = WireClient.guest(ws("/chat"), "ana-among-flooders")) {
            long begun = System.nanoTime();
            for (int i = 0; i < NAMES; i++) {
                // A room of its own: nobody has to read the flood.
                String chat = "{'type':'chat','room':'flood-" + i + "','content':'x','id':'%d'}";
                flooders.get(i)
                        .send(IntStream.range(0, MESSAGES_AT_ONCE)
                                .mapToObj(chat::formatted)
                                .collect(Collectors.joining(",", "[", "]")));
            }
            long acks = 0;
            for (WireClient flooder : flooders) {
                for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
                    JsonObject answer = flooder.answer(Integer.toString(i));
                    if (answer.getString("type").equals("ack")) {
                        acks++;
                    } else {
                        assertThat(answer.getString("code")).isEqualTo("rate_limited");
                        assertThat(answer.getInt("retryAfter")).isPositive();
                    }
                }
            }
            double most = GUESTS * (MESSAGES_AT_ONCE + MESSAGES_A_SECOND * secondsSince(begun)) + NAMES;
            assertThat((double) acks).isBetween((double) GUESTS * MESSAGES_AT_ONCE, most);
            assertThat(flooders)
                    .as("what the others of an address use up closes nobody")
                    .allMatch(WireClient::isOpen);

            ana.send("{'type':'chat','content':'Does anybody hear me?','id':'a'}");
            assertThat(ana.answer("a").getString("type")).isEqualTo("ack");
        } finally {
            flooders.forEach(WireClient::close);
        }
    }

    /** Without a shared budget 75 names stored 75 files, 629 MB, within 7.5 s. */
    @Test
    void filesOfSeventyFiveNamesAreBounded() {
        long begun = System.nanoTime();
        int stored = 0;
        for (int i = 0; i < FILES; i++) {
            try (WireClient guest = WireClient.guest(ws("/chat"), "filer-" + i)) {
                guest.send("{'type':'upload','id':'u','room':'lobby','name':'n','mediaType':'a/b','size':"
                        + MEBIBYTE.length + "}");
                JsonObject answer = guest.answer("u");
                if (answer.getString("type").equals("ack")) {
                    for (int from = 0; from < MEBIBYTE.length; from += 32 * 1024) {
                        guest.sendBytes(new byte[32 * 1024]);
                    }
                    guest.next("uploaded");
                    stored++;
                } else {
                    assertThat(answer.getString("code")).isEqualTo("rate_limited");
                    assertThat(answer.getInt("retryAfter")).isPositive();
                    assertThat(guest.isOpen()).isTrue();
                }
            }
        }
        double most = GUESTS * (MEBIBYTES_AT_ONCE + MEBIBYTES_A_SECOND * secondsSince(begun));
        assertThat((double) stored).isBetween(GUESTS * MEBIBYTES_AT_ONCE / 2, most);
    }

    @Test
    void filesOverAQuotaAreRefusedWhileChatGoesOn() {
        try (WireClient user = WireClient.user(ws("/chat"), "collector")) {
            user.upload("lobby", "a.bin", "a/b", MEBIBYTE);
            user.upload("lobby", "b.bin", "a/b", MEBIBYTE);
            user.send("{'type':'upload','id':'c','room':'lobby','name':'c','mediaType':'a/b','size':1}");
            JsonObject refused = user.answer("c");
            assertThat(refused.getString("code")).isEqualTo("too_many_files");
            assertThat(refused.getString("message")).contains("one user");
            user.send("{'type':'chat','content':'still here','id':'d'}");
            assertThat(user.answer("d").getString("type")).isEqualTo("ack");
        }
    }
}
