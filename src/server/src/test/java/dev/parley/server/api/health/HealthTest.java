package dev.parley.server.api.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.NodeHealth.Check;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HealthTest {
    private static final Check FINE = new Check("store", true, Optional.empty());

    @Test
    void allChecksUpMeansUp() {
        Health health = new Health(List.of(FINE));
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.json()).isEqualTo("{\"status\":\"UP\",\"checks\":[{\"name\":\"store\",\"status\":\"UP\"}]}");
    }

    @Test
    void oneCheckDownMeansDown() {
        Health health = new Health(List.of(FINE, new Check("accepting", false, Optional.empty())));
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.json())
                .startsWith("{\"status\":\"DOWN\"")
                .contains("{\"name\":\"accepting\",\"status\":\"DOWN\"}");
    }

    @Test
    void problemOfACheckThatIsUpIsReported() {
        Health health = new Health(List.of(new Check("nodes", true, Optional.of("Two \"nodes\"."))));
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.json())
                .contains("{\"name\":\"nodes\",\"status\":\"UP\",\"data\":{\"problem\":\"Two \\\"nodes\\\".\"}}");
    }
}
