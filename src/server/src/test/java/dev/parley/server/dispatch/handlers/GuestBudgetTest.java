package dev.parley.server.dispatch.handlers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import dev.parley.server.TestHub;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The budget that the guests of one address share: ten users' rates. The clock of the budget stands still. */
class GuestBudgetTest {
    private static final int A_SECOND = 20;
    private static final int BURST = 3 * A_SECOND;
    private static final int SHARED_BURST = 10 * BURST;
    private static final int NAMES = 60;

    private final TestHub hub = TestHub.withRate(A_SECOND);

    @AfterEach
    void close() {
        hub.close();
    }

    private List<TestHub.Peer> guests(int count) {
        return IntStream.range(0, count).mapToObj(i -> hub.guest("guest-" + i)).toList();
    }

    /** Sends a burst of chats, to a room that nobody reads. */
    private static void sayBurst(TestHub.Peer guest) {
        guest.say(IntStream.range(0, BURST)
                .mapToObj(i -> "{'type':'chat','room':'flood','content':'x'}")
                .collect(Collectors.joining(",", "[", "]")));
    }

    /** The answers to a burst of chats. */
    private static List<JsonObject> answers(TestHub.Peer guest) {
        List<JsonObject> answers = new ArrayList<>();
        Awaitility.await().pollInterval(Duration.ofMillis(2)).until(() -> {
            guest.takesAll().stream()
                    .filter(message -> List.of("ack", "error").contains(message.getString("type")))
                    .forEach(answers::add);
            return answers.size() == BURST;
        });
        return answers;
    }

    private static List<JsonObject> burst(TestHub.Peer guest) {
        sayBurst(guest);
        return answers(guest);
    }

    private static long acks(List<JsonObject> answers) {
        return answers.stream()
                .filter(answer -> answer.getString("type").equals("ack"))
                .count();
    }

    private long flood() {
        List<TestHub.Peer> flooders = guests(NAMES);
        flooders.forEach(GuestBudgetTest::sayBurst);
        return flooders.stream().mapToLong(guest -> acks(answers(guest))).sum();
    }

    @Test
    void chatsOfManyNewNamesShareOneBudget() {
        // Each name has its first message, whatever the others sent.
        assertThat(flood()).isBetween((long) SHARED_BURST, (long) SHARED_BURST + NAMES);
    }

    @Test
    void guestAmongFloodersGetsItsShare() {
        flood();
        TestHub.Peer ana = hub.guest("Ana");
        ana.say("{'type':'chat','id':'a','content':'x'}").hearsAtLast("ack");

        JsonObject later = ana.say("{'type':'chat','id':'b','content':'x'}").hearsAtLast("error");
        assertThat(later.getString("code")).isEqualTo("rate_limited");
        assertThat(later.getString("id")).isEqualTo("b");
        assertThat(later.getString("message")).startsWith("The guests of your address");
        // Sixty-one share 200 a second.
        assertThat(later.getInt("retryAfter")).isBetween(200, 310);

        hub.clock().advance(Duration.ofMillis(later.getInt("retryAfter")));
        ana.say("{'type':'chat','id':'b','content':'x'}").hearsAtLast("ack");
    }

    @Test
    void refusalsForTheOthersOfAnAddressNeverClose() {
        flood();
        TestHub.Peer ana = hub.guest("Ana");
        assertThat(acks(burst(ana))).isOne();
        assertThat(ana.session().isOpen()).isTrue();
    }

    @Test
    void ownRateOfAGuestIsAUsersAndCloses() {
        TestHub.Peer ana = hub.guest("Ana");
        assertThat(acks(burst(ana))).isEqualTo(BURST);
        for (int i = 0; i < 20; i++) {
            ana.say("[" + "{'type':'chat','content':'x'},".repeat(BURST) + "{'type':'ping'}]");
        }
        assertThat(ana.takeClose()).isEqualTo(CloseCode.RATE_LIMITED);
    }

    @Test
    void filesOfManyNewNamesShareOneBudget() {
        int files = (int) (10 * TestHub.BYTES_AT_ONCE / TestHub.FILE_MAX);
        int taken = 0;
        for (TestHub.Peer guest : guests(files + 20)) {
            guest.say("{'type':'upload','room':'lobby','name':'a','mediaType':'a/b','size':" + TestHub.FILE_MAX + "}");
            JsonObject answer = guest.hearsAny();
            taken += answer.getString("type").equals("ack") ? 1 : 0;
            // Gives up: its bytes never come.
            guest.session().end(1001, "gone");
        }
        assertThat(taken).isBetween(files - 2, files);
    }

    @Test
    void usersOfTheAddressPayForThemselves() {
        flood();
        TestHub.Peer ana = hub.user("Ana");
        assertThat(acks(burst(ana))).isEqualTo(BURST);
    }

    @Test
    void firstLoginsOfManyNewNamesShareOneBudget() {
        // Three times the sessions of ten users.
        int signIns = 10 * 3 * TestHub.SESSIONS_MAX;
        guests(signIns);
        TestHub.Peer oneMore = hub.connect();
        oneMore.say("{'type':'login','username':'one-more'}").hears("goodbye");
        assertThat(oneMore.takeClose()).isEqualTo(CloseCode.TRY_AGAIN_LATER);
        hub.clock().advance(Duration.ofSeconds(1));
        hub.guest("later");
    }
}
