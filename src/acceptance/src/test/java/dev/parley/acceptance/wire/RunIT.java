package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.Run;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code mvn -Prun} in a separate JVM, which takes the place of Maven's. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RunIT {
    private static final Pattern CHAT = Pattern.compile("\\s+Chat\\s+(http\\S+)");
    private static final Pattern TOKEN = Pattern.compile("(eyJ\\S+)");

    @TempDir
    private Path work;

    private Process run;
    private BufferedReader output;

    @BeforeEach
    void start() throws IOException {
        run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dparley.http.port=0",
                        Run.class.getName(),
                        ParleyDeployment.Built.SERVER.name(),
                        ParleyDeployment.Built.SERVER.home().toString(),
                        ParleyDeployment.Built.CONFIGURATION.toString(),
                        ParleyDeployment.Built.WAR.toString(),
                        work.toString())
                .redirectErrorStream(true)
                .start();
        output = run.inputReader();
    }

    @AfterEach
    void end() {
        run.descendants().forEach(ProcessHandle::destroyForcibly);
        run.destroyForcibly();
    }

    @Test
    void serverPrintsABannerAndEndsWithTheRun() throws Exception {
        URI chat = URI.create(nextLineLike(CHAT));
        String token = nextLineLike(TOKEN);
        ProcessHandle server = run.children().findFirst().orElseThrow();
        assertThat(HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(chat.resolve("/health/ready"))
                                        .build(),
                                HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(200);
        try (WireClient client = WireClient.connect(OwnServer.ws(chat, "/chat"))) {
            client.send("{'type':'login','token':'" + token + "'}");
            assertThat(client.next("welcome").getJsonArray("roles").toString())
                    .contains("user", "notify", "metrics", "admin");
        }

        // By its handle: Process.destroy would also close the output, and the server could not write its last log
        // lines.
        run.toHandle().destroy();
        List<String> goodbye = output.lines().toList();

        assertThat(goodbye).noneMatch(line -> line.contains("ended by itself"));
        assertThat(run.waitFor()).isEqualTo(128 + 15);
        assertThat(server.isAlive()).isFalse();
    }

    @Test
    void runFailsWithASentenceIfTheServerEndsByItself() throws Exception {
        nextLineLike(CHAT);
        run.children().forEach(ProcessHandle::destroyForcibly);

        assertThat(output.lines()).anyMatch(line -> line.startsWith("The server ended by itself"));
        assertThat(run.waitFor()).isEqualTo(1);
    }

    private String nextLineLike(Pattern pattern) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher found = pattern.matcher(line);
            if (found.matches()) {
                return found.group(1);
            }
        }
        throw new AssertionError("The run ended without a line like " + pattern);
    }
}
