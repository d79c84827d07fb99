package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.ParleyDeployment;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthIT extends ArquillianTest {
    @Deployment(testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of());
    }

    private HttpRequest.Builder request(String check) {
        return HttpRequest.newBuilder(http().resolve("health/" + check));
    }

    @ParameterizedTest
    @ValueSource(strings = {"live", "ready"})
    void runningNodeIsUp(String check) throws IOException, InterruptedException {
        HttpResponse<String> response =
                HttpClient.newHttpClient().send(request(check).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/json");
        assertThat(response.body()).startsWith("{\"status\":\"UP\",\"checks\":[");
    }

    @ParameterizedTest
    @ValueSource(strings = {"live", "ready"})
    void headRequestReturnsTheStatusWithoutABody(String check) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        request(check)
                                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void parallelRequestsAreAllAnswered() {
        HttpClient client = HttpClient.newHttpClient();
        List<CompletableFuture<HttpResponse<Void>>> answers = IntStream.range(0, 100)
                .mapToObj(i -> client.sendAsync(request("ready").build(), HttpResponse.BodyHandlers.discarding()))
                .toList();
        assertThat(answers).allSatisfy(answer -> assertThat(answer)
                .succeedsWithin(Duration.ofSeconds(30))
                .returns(200, HttpResponse::statusCode));
    }
}
