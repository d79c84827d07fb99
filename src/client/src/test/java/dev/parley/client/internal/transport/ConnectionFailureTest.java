package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ParleyException;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionFailureTest {
    @ParameterizedTest
    @ValueSource(ints = {1001, 1005, 1006, 1011, 1012, 1013, 4000, 4001, 4002, 4003, 4004, 4250, 4499})
    void retryableCloseCodesCauseARetry(int code) {
        assertThat(ConnectionFailure.ofClose(code, "").comesBack()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1002, 1003, 1007, 1008, 1009, 4500, 4501, 4502, 4503, 4504, 4505, 4999})
    void finalCloseCodesStop(int code) {
        assertThat(ConnectionFailure.ofClose(code, "").comesBack()).isFalse();
    }

    @Test
    void exceptionContainsTheCodeAndTheReason() {
        ParleyException why =
                ConnectionFailure.ofClose(4505, "Your token was revoked.").why();
        assertThat(why.code()).isEqualTo("revoked");
        assertThat(why).hasMessage("The connection was closed with 4505 (revoked): Your token was revoked.");
    }

    @ParameterizedTest
    @CsvSource({
        "401,false,login_refused",
        "403,false,forbidden",
        "302,false,handshake_refused",
        "400,false,handshake_refused",
        "426,false,handshake_refused",
        "404,true,unreachable",
        "429,true,unreachable",
        "500,true,unreachable",
        "503,true,unreachable"
    })
    void httpStatusDecidesBetweenRetryAndStop(int status, boolean comesBack, String code) {
        ConnectionFailure failure = ofHandshake(status, HandshakeHeaders.Answer.SAYS_NOTHING, false);
        assertThat(failure.comesBack()).isEqualTo(comesBack);
        assertThat(failure.why().code()).isEqualTo(code);
    }

    @Test
    void retryAfterOfAHandshakeIsObeyed() {
        ConnectionFailure failure =
                ofHandshake(503, new HandshakeHeaders.Answer(Optional.of(Duration.ofSeconds(7)), false), false);
        assertThat(failure.atLeast()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @CsvSource({
        "true,true,RETRY,token_expired",
        "true,false,RETRY_ONCE_WITH_FRESH_TOKEN,login_refused",
        "false,true,STOP,login_refused",
        "false,false,STOP,login_refused"
    })
    void refusedTokenIsRetriedOnceWithAFreshOne(
            boolean hadToken, boolean isExpired, ConnectionFailure.Next next, String code) {
        ConnectionFailure failure =
                ofHandshake(401, new HandshakeHeaders.Answer(Optional.empty(), isExpired), hadToken);
        assertThat(failure.next()).isEqualTo(next);
        assertThat(failure.why().code()).isEqualTo(code);
    }

    private static ConnectionFailure ofHandshake(int status, HandshakeHeaders.Answer answer, boolean hadToken) {
        return ConnectionFailure.ofHandshake(
                new HandshakeFailure("no", OptionalInt.of(status), answer, null), hadToken);
    }

    @ParameterizedTest
    @CsvSource({"login_refused,false", "login_required,false", "token_expired,true", "store_unavailable,true"})
    void refusedLoginStopsUnlessItIsRetryable(String code, boolean comesBack) {
        ServerMessage.Error error =
                new ServerMessage.Error(Optional.empty(), code, "No.", OptionalLong.of(Long.MAX_VALUE));
        assertThat(ConnectionFailure.ofLogin(error).comesBack()).isEqualTo(comesBack);
        assertThat(ConnectionFailure.ofLogin(error).atLeast()).isEqualTo(RetryAfter.MAX);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, 999})
    void retryOfARefusedLoginHasAMinimumDelay(long retryAfter) {
        ServerMessage.Error error =
                new ServerMessage.Error(Optional.empty(), "internal", "No.", OptionalLong.of(retryAfter));
        assertThat(ConnectionFailure.ofLogin(error).atLeast()).isEqualTo(Duration.ofSeconds(1));
    }
}
