package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HealthTest {
    @Test
    void runningNodeIsLive() {
        assertThat(Health.live().status()).isEqualTo(200);
        assertThat(Health.live().json()).isEqualTo("{\"status\":\"UP\",\"checks\":[]}");
    }

    @Test
    void readyNodeNamesItsChecks() {
        Health ready = Health.ready(true, false);
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.json())
                .isEqualTo("{\"status\":\"UP\",\"checks\":[{\"name\":\"accepting\",\"status\":\"UP\"},"
                        + "{\"name\":\"store\",\"status\":\"UP\"}]}");
    }

    @Test
    void nodeWithoutItsStoreIsNotReady() {
        Health health = Health.ready(false, false);
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.json())
                .startsWith("{\"status\":\"DOWN\"")
                .contains("{\"name\":\"store\",\"status\":\"DOWN\"}");
    }

    @Test
    void drainingNodeIsNotReady() {
        Health health = Health.ready(true, true);
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.json()).contains("{\"name\":\"accepting\",\"status\":\"DOWN\"}");
    }
}
