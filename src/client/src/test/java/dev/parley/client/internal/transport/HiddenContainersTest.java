package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class HiddenContainersTest {
    @Test
    void statusIsReadFromTheMessageOfOpenLiberty() {
        assertThat(HiddenContainers.status(new IOException(
                        "CWWKH0039E: When an outgoing WebSocket request was sent to the ws://127.0.0.1:40351/chat"
                                + " endpoint on the target server, a Status code: 401 response was returned instead of"
                                + " a 101 response.")))
                .hasValue(401);
    }

    @Test
    void otherErrorsHaveNoStatus() {
        assertThat(HiddenContainers.status(new IOException("Connection refused (port 401)")))
                .isEmpty();
        assertThat(HiddenContainers.status(new IOException())).isEmpty();
        assertThat(HiddenContainers.status(new IllegalStateException("Invalid response code 401")))
                .isEmpty();
    }
}
