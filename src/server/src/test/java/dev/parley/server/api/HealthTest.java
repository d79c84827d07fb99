package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class HealthTest {
    @Test
    void runningNodeIsLive() {
        assertThat(Health.live().status()).isEqualTo(200);
        assertThat(Health.live().json()).isEqualTo("{\"status\":\"UP\",\"checks\":[]}");
    }

    @Test
    void readyNodeNamesItsChecks() {
        Health ready = Health.ready(true, Optional.empty(), false);
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.json())
                .isEqualTo("{\"status\":\"UP\",\"checks\":[{\"name\":\"accepting\",\"status\":\"UP\"},"
                        + "{\"name\":\"store\",\"status\":\"UP\"}]}");
    }

    @Test
    void nodeWithoutItsStoreIsNotReady() {
        Health health = Health.ready(false, Optional.empty(), false);
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.json())
                .startsWith("{\"status\":\"DOWN\"")
                .contains("{\"name\":\"store\",\"status\":\"DOWN\"}");
    }

    @Test
    void whatIsWrongWithTheStoreIsSaid() {
        Health health = Health.ready(true, Optional.of("Read-only."), false);
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.json())
                .contains("{\"name\":\"store\",\"status\":\"UP\",\"data\":{\"problem\":\"Read-only.\"}}");
    }

    @Test
    void drainingNodeIsNotReady() {
        Health health = Health.ready(true, Optional.empty(), true);
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.json()).contains("{\"name\":\"accepting\",\"status\":\"DOWN\"}");
    }
}
