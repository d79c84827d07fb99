package dev.parley.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalancerTest {
    private static final InetSocketAddress ONE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    private static final InetSocketAddress TWO = new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);

    @Test
    void nodesTakeTurns() {
        Balancer balancer = new Balancer(List.of(ONE, TWO));
        assertThat(balancer.choose()).isNotEqualTo(balancer.choose());
    }

    @Test
    void aNodeThatIsGoneIsNotChosen() {
        Balancer balancer = new Balancer(List.of(ONE, TWO));
        balancer.choose();
        balancer.only(List.of(TWO));
        assertThat(List.of(balancer.choose(), balancer.choose())).containsOnly(TWO);
    }
}
