package dev.parley.launcher.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class HaproxyTest {
    private static final Path CONFIGURATION = Path.of("../../server-config/haproxy/haproxy.cfg");

    @Test
    void configurationGetsThePortsAndIsForThisMachineOnly() throws IOException {
        String configured = Haproxy.configured(Files.readString(CONFIGURATION), 18_080, List.of(18_081, 18_082));
        assertThat(configured.lines().map(String::strip))
                .contains("bind 127.0.0.1:18080", "server one 127.0.0.1:18081", "server two 127.0.0.1:18082")
                .filteredOn(line -> line.startsWith("bind") || line.startsWith("server"))
                .hasSize(3);
    }

    @Test
    void configurationWithoutAPlaceForANodeIsRefused() throws IOException {
        String configuration = Files.readString(CONFIGURATION);
        assertThatThrownBy(() -> Haproxy.configured(configuration, 1, List.of(2, 3, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("127.0.0.1:8083");
    }
}
