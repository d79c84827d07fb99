package dev.parley.server.session.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BalancePolicyTest {
    private static final int PERCENT = 5;

    private final BalancePolicy policy = new BalancePolicy(PERCENT);

    /** What is handed on in the counts up to the one at which it must be, and what after it. */
    private int afterPatience(long own, Long... others) {
        for (int i = 1; i < BalancePolicy.PATIENCE_MIN; i++) {
            assertThat(policy.toHandOn(own, List.of(others))).isZero();
        }
        return policy.toHandOn(own, List.of(others));
    }

    @Test
    void fullestNodeHandsOnAFewPerCent() {
        assertThat(afterPatience(2_000, 0L, 1_900L)).isEqualTo(100);
    }

    @Test
    void nodeNeverGoesBelowTheMean() {
        assertThat(new BalancePolicy(50).toHandOn(1_000, List.of(800L))).isZero();
        BalancePolicy half = new BalancePolicy(50);
        int handedOn = 0;
        for (int i = 0; i < BalancePolicy.PATIENCE_MIN; i++) {
            handedOn = half.toHandOn(1_300, List.of(700L));
        }
        assertThat(handedOn).isEqualTo(300);
    }

    @Test
    void nodesWithinATenthAreEven() {
        assertThat(afterPatience(1_090, 1_000L, 910L)).isZero();
    }

    @Test
    void fewSessionsAreNeverMoved() {
        assertThat(afterPatience(190, 0L)).isZero();
    }

    @Test
    void nodeAloneKeepsItsSessions() {
        assertThat(afterPatience(10_000)).isZero();
    }

    @Test
    void shortExcessMovesNobody() {
        for (int i = 1; i < BalancePolicy.PATIENCE_MIN; i++) {
            assertThat(policy.toHandOn(2_000, List.of(0L))).isZero();
        }
        assertThat(policy.toHandOn(1_000, List.of(1_000L))).isZero();
        assertThat(policy.toHandOn(2_000, List.of(0L))).isZero();
    }

    @Test
    void switchedOffItHandsNothingOn() {
        BalancePolicy off = new BalancePolicy(0);
        for (int i = 0; i < 100; i++) {
            assertThat(off.toHandOn(10_000, List.of(0L))).isZero();
        }
    }

    /** Nodes after a rolling restart, the last one empty, behind a load balancer. */
    private static final class Nodes {
        private static final int EACH = 3_000;

        private final long[] sessions;
        private final BalancePolicy[] policies;
        private final ToIntFunction<long[]> balancer;
        private long moved;

        Nodes(int count, ToIntFunction<long[]> balancer) {
            this.balancer = balancer;
            sessions = IntStream.range(0, count)
                    .mapToLong(node -> node == count - 1 ? 0 : EACH)
                    .toArray();
            policies = IntStream.range(0, count)
                    .mapToObj(node -> new BalancePolicy(PERCENT))
                    .toArray(BalancePolicy[]::new);
        }

        /** All nodes count, and hand on at the same time. */
        void count() {
            int[] handedOn = IntStream.range(0, sessions.length)
                    .map(node -> policies[node].toHandOn(sessions[node], others(node)))
                    .toArray();
            for (int node = 0; node < handedOn.length; node++) {
                sessions[node] -= handedOn[node];
                moved += handedOn[node];
            }
            for (int i = 0; i < Arrays.stream(handedOn).sum(); i++) {
                sessions[balancer.applyAsInt(sessions)]++;
            }
        }

        private List<Long> others(int node) {
            return IntStream.range(0, sessions.length)
                    .filter(other -> other != node)
                    .mapToObj(other -> sessions[other])
                    .toList();
        }

        boolean areEven() {
            long mean = LongStream.of(sessions).sum() / sessions.length;
            return LongStream.of(sessions).max().orElseThrow() <= mean + mean / 10;
        }
    }

    private static int emptiest(long[] sessions) {
        int least = 0;
        for (int node = 1; node < sessions.length; node++) {
            least = sessions[node] < sessions[least] ? node : least;
        }
        return least;
    }

    private static void assertBecomesEvenAndStaysSo(Nodes nodes) {
        int counts = 0;
        while (!nodes.areEven()) {
            nodes.count();
            assertThat(counts++).as("5 s each").isLessThan(20 * 60 / 5);
        }
        long moved = nodes.moved;
        for (int i = 0; i < 1_000; i++) {
            nodes.count();
        }
        assertThat(nodes.moved).isEqualTo(moved);
    }

    @Test
    void nodesBecomeEvenWhereTheEmptiestGetsTheNext() {
        Nodes nodes = new Nodes(3, BalancePolicyTest::emptiest);
        assertBecomesEvenAndStaysSo(nodes);
        assertThat(nodes.moved).as("nobody moves to and fro").isLessThanOrEqualTo(2_000);
    }

    @Test
    void nodesBecomeEvenWhereAnyGetsTheNext() {
        Random random = new Random(1);
        for (int count : new int[] {2, 3, 10}) {
            assertBecomesEvenAndStaysSo(new Nodes(count, sessions -> random.nextInt(sessions.length)));
        }
    }

    /** A load balancer that chooses by address sends the same clients to the same node again. */
    @Test
    void sessionsThatComeBackAreLeftInPeaceMoreAndMore() {
        Nodes nodes = new Nodes(3, sessions -> sessions[0] < Nodes.EACH ? 0 : 1);
        int day = 24 * 3_600 / 5;
        for (int i = 0; i < day; i++) {
            nodes.count();
        }
        long firstDay = nodes.moved;
        for (int i = 0; i < day; i++) {
            nodes.count();
        }
        assertThat(nodes.moved - firstDay).as("once an hour at most").isLessThanOrEqualTo(2 * 25 * 150);
    }
}
