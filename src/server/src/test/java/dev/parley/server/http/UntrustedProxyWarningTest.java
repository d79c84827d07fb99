package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.RecordingLog;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UntrustedProxyWarningTest {
    private static final String PROXY = "10.0.0.7";

    private final RecordingLog log = RecordingLog.of(UntrustedProxyWarning.class);
    private final UntrustedProxyWarning warning = new UntrustedProxyWarning();

    @AfterEach
    void close() {
        log.close();
    }

    private void request(TrustedProxies proxies, String... forwardedFor) {
        proxies.resolve(
                new ClientAddress(PROXY, "http", "parley.example"),
                name -> name.equals("X-Forwarded-For") ? List.of(forwardedFor) : List.of());
    }

    private void guests() {
        for (int count = 1; count <= 2 * UntrustedProxyWarning.MANY; count++) {
            warning.guests(PROXY, count);
        }
    }

    @Test
    void manyGuestsBehindAProxyThatIsNotTrustedAreToldOnce() {
        request(new TrustedProxies(List.of(), warning), "203.0.113.9");
        guests();
        guests();
        assertThat(log.lines())
                .singleElement()
                .asString()
                .contains("WARNING 10 sessions from 10.0.0.7", "parley.forwarded.trusted");
    }

    @Test
    void fewGuestsAreNotTold() {
        request(new TrustedProxies(List.of(), warning), "203.0.113.9");
        warning.guests(PROXY, UntrustedProxyWarning.MANY - 1);
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void manyGuestsWithoutTheHeaderAreNotTold() {
        request(new TrustedProxies(List.of(), warning));
        guests();
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void guestsOfATrustedProxyAreNotTold() {
        request(new TrustedProxies(List.of("10.0.0.0/8"), warning), "203.0.113.9");
        guests();
        assertThat(log.lines()).isEmpty();
    }
}
