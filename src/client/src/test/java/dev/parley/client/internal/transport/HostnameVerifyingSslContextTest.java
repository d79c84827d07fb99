package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.NoSuchAlgorithmException;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

class HostnameVerifyingSslContextTest {
    @Test
    void everyEngineVerifiesTheHostName() throws NoSuchAlgorithmException {
        SSLContext checking = HostnameVerifyingSslContext.of(SSLContext.getDefault());
        SSLEngine named = checking.createSSLEngine("chat.example", 443);

        assertThat(named.getPeerHost()).isEqualTo("chat.example");
        assertThat(List.of(named, checking.createSSLEngine()))
                .allSatisfy(engine -> assertThat(engine.getSSLParameters().getEndpointIdentificationAlgorithm())
                        .isEqualTo("HTTPS"));
    }
}
