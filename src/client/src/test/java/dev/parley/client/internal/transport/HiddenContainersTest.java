package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
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
    void refusedCloseCodeIsReadFromTheMessageOfUndertow() {
        assertThat(HiddenContainers.refusedCloseCode("UT002026: Invalid close frame status code: 1012"))
                .hasValue(1012);
        assertThat(HiddenContainers.refusedCloseCode("UT002026: Invalid close frame status code: 1013"))
                .hasValue(1013);
    }

    @Test
    void refusedCloseCodeIsReadFromTheReasonOfOpenLiberty() {
        assertThat(HiddenContainers.refusedCloseCode("Invalid close code 1012 provided, closing with protocol error."))
                .hasValue(1012);
    }

    @Test
    void otherTextsHaveNoCloseCode() {
        for (String text : List.of(
                "",
                "Invalid close frame status code: 1012",
                "UT002025: Invalid data 1012",
                "UT002026: Invalid close frame status code: 1005",
                "UT002026: Invalid close frame status code: 65535",
                "UT002026: Invalid close frame status code: 10121")) {
            assertThat(HiddenContainers.refusedCloseCode(text)).as(text).isEmpty();
        }
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
