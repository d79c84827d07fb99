package dev.parley.acceptance.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.WireClient;
import dev.parley.launcher.postgresql.EmbeddedPostgresql;
import dev.parley.launcher.run.Run;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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

    private Optional<RunningCommand> started = Optional.empty();

    private RunningCommand start(String... properties) throws IOException {
        RunningCommand run = RunningCommand.start(Run.class, work, properties);
        started = Optional.of(run);
        return run;
    }

    @AfterEach
    void end() {
        started.ifPresent(RunningCommand::close);
    }

    @Test
    void serverPrintsABannerAndEndsWithTheRun() throws Exception {
        RunningCommand run = start();
        URI chat = URI.create(run.nextLineLike(CHAT).group(1));
        assertThat(run.nextLineLike(DATA).group(1)).isEqualTo("H2 in " + work.resolve("data"));
        String token = run.nextLineLike(TOKEN).group(1);
        ProcessHandle server = run.children().get(0);
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

        run.stop();

        assertThat(server.isAlive()).isFalse();
    }

    @Test
    void runFailsWithASentenceIfTheServerEndsByItself() throws Exception {
        RunningCommand run = start();
        run.nextLineLike(CHAT);
        run.children().forEach(ProcessHandle::destroyForcibly);

        assertThat(run.lines()).anyMatch(line -> line.startsWith("The server ended by itself"));
        assertThat(run.awaitEnd()).isEqualTo(1);
    }

    @Test
    void postgresqlEndsAfterTheServerAndKeepsMessages() throws Exception {
        RunningCommand run = start(ON_POSTGRESQL);
        URI chat = URI.create(run.nextLineLike(CHAT).group(1));
        assertThat(run.nextLineLike(DATA).group(1)).isEqualTo("PostgreSQL in " + postgresql());
        try (WireClient ana = WireClient.guest(OwnServer.ws(chat, "/chat"), "ana")) {
            ana.send("{'type':'chat','id':'1','content':'kept'}");
            ana.next("ack");
        }
        ProcessHandle postmaster = RunningCommand.postmaster(postgresql());
        run.stop();
        assertThat(postmaster.isAlive()).isFalse();
        assertThat(work.resolve("postgresql/postgresql.log"))
                .content()
                .contains("database system is shut down")
                // It says so to a server that is still connected.
                .doesNotContain("terminating connection");

        RunningCommand again = start(ON_POSTGRESQL);
        URI chatAgain = URI.create(again.nextLineLike(CHAT).group(1));
        try (WireClient ben = WireClient.guest(OwnServer.ws(chatAgain, "/chat"), "ben")) {
            ben.send("{'type':'history','room':'lobby','id':'h'}");
            assertThat(ben.answer("h").getJsonArray("messages").getJsonObject(0).getString("content"))
                    .isEqualTo("kept");
        }
        again.stop();
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
                    .hasMessageContaining("as process "
                            + RunningCommand.postmaster(postgresql()).pid());
        }
    }

    private EmbeddedPostgresql embedded() throws IOException {
        return EmbeddedPostgresql.start(postgresql(), binaries, work.resolve("postgresql.log"), 0, PASSWORD);
    }

    @Test
    void givenPostgresqlIsUsedAndLeftRunning() throws Exception {
        try (EmbeddedPostgres given = EmbeddedPostgres.start()) {
            String url = "jdbc:postgresql://127.0.0.1:" + given.getPort() + "/postgres";
            RunningCommand run =
                    start(ON_POSTGRESQL, "-Dparley.postgresql.url=" + url, "-Dparley.postgresql.user=postgres");
            run.nextLineLike(CHAT);
            assertThat(run.nextLineLike(DATA).group(1)).isEqualTo("PostgreSQL at " + url);

            run.stop();

            assertThat(postgresql()).doesNotExist();
            try (Connection connection = given.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet tables = statement.executeQuery("select to_regclass('parley_schema') is not null")) {
                assertThat(tables.next()).isTrue();
                assertThat(tables.getBoolean(1)).isTrue();
            }
        }
    }

    private Path postgresql() {
        return work.resolve("data/postgresql");
    }
}
