package dev.parley.acceptance.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.postgresql.EmbeddedPostgresql;
import dev.parley.launcher.run.Run;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code mvn -Prun} in a separate JVM, which takes the place of Maven's. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RunIT {
    private static final Pattern CHAT = Pattern.compile("\\s+Chat\\s+(http\\S+)");
    private static final Pattern DATA = Pattern.compile("\\s+Data\\s+(\\S.*)");
    private static final Pattern TOKEN = Pattern.compile("(eyJ\\S+)");

    private static final String ON_POSTGRESQL = "-Dparley.database=postgresql";
    private static final String PASSWORD = "a-password_1";

    @TempDir
    private static Path binaries;

    @TempDir
    private Path work;

    private Process run;
    private BufferedReader output;

    private void start(String... properties) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-Dparley.http.port=0"));
        command.addAll(List.of(properties));
        command.addAll(List.of(
                Run.class.getName(),
                ParleyDeployment.Built.SERVER.name(),
                ParleyDeployment.Built.SERVER.home().toString(),
                ParleyDeployment.Built.CONFIGURATION.toString(),
                ParleyDeployment.Built.WAR.toString(),
                work.toString()));
        run = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = run.inputReader();
    }

    @AfterEach
    void end() throws InterruptedException {
        if (run != null) {
            run.descendants().forEach(ProcessHandle::destroyForcibly);
            // Not forcibly: then it could not end PostgreSQL, which is no descendant.
            run.toHandle().destroy();
            run.waitFor();
        }
    }

    @Test
    void serverPrintsABannerAndEndsWithTheRun() throws Exception {
        start();
        URI chat = URI.create(nextLineLike(CHAT));
        assertThat(nextLineLike(DATA)).isEqualTo("H2 in " + work.resolve("data"));
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

        stop();

        assertThat(server.isAlive()).isFalse();
    }

    @Test
    void runFailsWithASentenceIfTheServerEndsByItself() throws Exception {
        start();
        nextLineLike(CHAT);
        run.children().forEach(ProcessHandle::destroyForcibly);

        assertThat(output.lines()).anyMatch(line -> line.startsWith("The server ended by itself"));
        assertThat(run.waitFor()).isEqualTo(1);
    }

    @Test
    void postgresqlEndsAfterTheServerAndKeepsMessages() throws Exception {
        start(ON_POSTGRESQL);
        URI chat = URI.create(nextLineLike(CHAT));
        assertThat(nextLineLike(DATA)).isEqualTo("PostgreSQL in " + postgresql());
        try (WireClient ana = WireClient.guest(OwnServer.ws(chat, "/chat"), "ana")) {
            ana.send("{'type':'chat','id':'1','content':'kept'}");
            ana.next("ack");
        }
        ProcessHandle postmaster = postmaster();
        stop();
        assertThat(postmaster.isAlive()).isFalse();
        assertThat(work.resolve("postgresql/postgresql.log"))
                .content()
                .contains("database system is shut down")
                // It says so to a server that is still connected.
                .doesNotContain("terminating connection");

        start(ON_POSTGRESQL);
        try (WireClient ben = WireClient.guest(OwnServer.ws(URI.create(nextLineLike(CHAT)), "/chat"), "ben")) {
            ben.send("{'type':'history','room':'lobby','id':'h'}");
            assertThat(ben.answer("h").getJsonArray("messages").getJsonObject(0).getString("content"))
                    .isEqualTo("kept");
        }
        stop();
    }

    @Test
    void embeddedPostgresqlIsDurableAndAsksForAPassword() throws Exception {
        try (EmbeddedPostgresql postgres = embedded()) {
            String url = "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/postgres";
            assertThatThrownBy(() -> DriverManager.getConnection(url, "postgres", "guessed"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
            try (Connection connection = DriverManager.getConnection(url, "postgres", PASSWORD);
                    Statement statement = connection.createStatement()) {
                for (String setting : List.of("fsync", "synchronous_commit")) {
                    try (ResultSet value = statement.executeQuery("show " + setting)) {
                        assertThat(value.next()).isTrue();
                        assertThat(value.getString(1)).as(setting).isEqualTo("on");
                    }
                }
            }
        }
    }

    @Test
    void postgresqlOfAKilledRunIsNamed() throws Exception {
        try (EmbeddedPostgresql left = embedded()) {
            assertThat(left.port()).isPositive();
            assertThatThrownBy(this::embedded)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("as process " + postmaster().pid());
        }
    }

    private EmbeddedPostgresql embedded() throws IOException {
        return EmbeddedPostgresql.start(postgresql(), binaries, work.resolve("postgresql.log"), 0, PASSWORD);
    }

    @Test
    void givenPostgresqlIsUsedAndLeftRunning() throws Exception {
        try (EmbeddedPostgres given = EmbeddedPostgres.start()) {
            String url = "jdbc:postgresql://127.0.0.1:" + given.getPort() + "/postgres";
            start(ON_POSTGRESQL, "-Dparley.postgresql.url=" + url, "-Dparley.postgresql.user=postgres");
            nextLineLike(CHAT);
            assertThat(nextLineLike(DATA)).isEqualTo("PostgreSQL at " + url);

            stop();

            assertThat(postgresql()).doesNotExist();
            try (Connection connection = given.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet tables = statement.executeQuery("select to_regclass('parley_schema') is not null")) {
                assertThat(tables.next()).isTrue();
                assertThat(tables.getBoolean(1)).isTrue();
            }
        }
    }

    /** Ends the run as Ctrl-C does. */
    private void stop() throws InterruptedException {
        // By its handle: Process.destroy would also close the output, and the server could not write its last log
        // lines.
        run.toHandle().destroy();
        List<String> goodbye = output.lines().toList();
        assertThat(goodbye).noneMatch(line -> line.contains("ended by itself"));
        assertThat(run.waitFor()).isEqualTo(128 + 15);
    }

    private Path postgresql() {
        return work.resolve("data/postgresql");
    }

    private ProcessHandle postmaster() throws IOException {
        String pid = Files.readAllLines(postgresql().resolve("postmaster.pid")).get(0);
        return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
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
