package dev.parley.acceptance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.hostile.rows.ApiRows;
import dev.parley.acceptance.hostile.rows.FieldRows;
import dev.parley.acceptance.hostile.rows.HeaderRows;
import dev.parley.acceptance.hostile.rows.PathRows;
import dev.parley.acceptance.hostile.rows.RateRows;
import dev.parley.acceptance.hostile.rows.SlowRows;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ServerJvm;
import dev.parley.acceptance.support.Tokens;
import dev.parley.launcher.RunningServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Promise 5: a hostile peer disturbs nobody. The order matters: tests about the whole table run after its rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
class HostileInputsIT {
    private static final int ROWS_MIN = 170;
    private static final List<Row> ROWS = Differences.applied(Table.all());
    private static final List<Row> SLOW_ROWS = Differences.applied(SlowRows.rows());
    /**
     * Stands for all slow rows, since they run in parallel: a delay of the bystanders meanwhile cannot be told apart.
     */
    private static final Row ALL_SLOW_ROWS =
            new Row("all slow rows at once", HostileInputsIT::allSlowRows, Answer.seen("their answers"));

    private static final Duration UNDISTURBED = Duration.ofSeconds(5);
    /** Delays below this may be caused by other programs on the machine. */
    private static final Duration NOISE = Duration.ofMillis(90);

    private static final int REPEATS = 5;

    private static final Duration ROW_DEADLINE = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(5);
    /**
     * Permitted heap growth: the database's cache of stored messages, and rate limiters and names of some hundred
     * users, which are kept for a minute.
     */
    private static final long HEAP_MARGIN = 16L * 1024 * 1024;

    /** Rows between two heap measurements: each is a full collection, which delays the bystanders. */
    private static final int ROWS_A_HEAP = 100;
    /** Permitted growth of open files: connections of the database pool, and files that the JVM opens on first use. */
    private static final int FILES_MARGIN = 6;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService beside = Executors.newCachedThreadPool();
    private final List<CompletableFuture<Answer>> slow = new ArrayList<>();
    private final AtomicInteger rows = new AtomicInteger();
    /** The longest delay of the bystanders during each row. */
    private final Map<Row, Duration> noticed = new LinkedHashMap<>();

    private RunningServer server;
    private Node node;
    private Bystanders bystanders;
    private Duration undisturbed;
    private long heapBefore;
    private long filesBefore;
    private long begun;

    @BeforeAll
    void start() throws Exception {
        server = OwnServer.named(
                        "hostile",
                        Map.of(
                                "parley.token.secret", Tokens.SECRET,
                                "parley.token.issuer", Jws.ISSUER,
                                "parley.token.audience", Jws.AUDIENCE,
                                "parley.rate.messages", Integer.toString(RateRows.A_SECOND),
                                "parley.outbox.max", "256KiB",
                                "parley.frame.timeout", "1s",
                                "parley.login.timeout", "3s",
                                "parley.heartbeat.interval", "2s",
                                "parley.heartbeat.timeout", "5s"))
                .start();
        URI base = server.awaitReady(OwnServer.READY).baseUri();
        node = new Node(base, privateRoom(base));
        bystanders = new Bystanders(OwnServer.ws(node.http(), "/chat"));
        // The first messages warm the server up.
        bystanders.talk(Duration.ofSeconds(2));
        bystanders.takeP99();
        bystanders.talk(UNDISTURBED);
        undisturbed = bystanders.takeP99();
        assertLives("the start");
        heapBefore = liveHeap();
        filesBefore = openFiles();
        bystanders.exchange();
        bystanders.takeP99();
        begun = System.nanoTime();
    }

    private String privateRoom(URI base) throws IOException, InterruptedException {
        HttpResponse<String> made = http.send(
                HttpRequest.newBuilder(base.resolve("api/rooms"))
                        .header("Authorization", "Bearer " + Jws.good(Node.OWNER, "user"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"secret\"}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return JsonText.object(made.body()).getString("room");
    }

    @AfterAll
    void stop() {
        bystanders.close();
        beside.shutdownNow();
        server.close();
    }

    /** First: on Open Liberty, lines about rows whose peers have gone come up to 30 s later. */
    @Test
    @Order(0)
    void unreadableRequestsLeaveNoLineInTheLog() throws IOException {
        List<Row> unreadable = Stream.of(ApiRows.rows(), PathRows.rows(), HeaderRows.rows())
                .flatMap(List::stream)
                .filter(row -> row.answer() instanceof Answer.Http refused && refused.status() == 400)
                .toList();
        // Open Liberty writes one line about the first failure of each kind.
        unreadable.forEach(row -> row.attack().on(node));
        long before = Files.size(server.log());
        unreadable.forEach(row -> row.attack().on(node));
        byte[] log = Files.readAllBytes(server.log());
        String grown = new String(log, (int) before, (int) (log.length - before), StandardCharsets.UTF_8);

        assertThat(unreadable).hasSizeGreaterThan(30);
        // Except close lines of bystanders.
        assertThat(grown.lines().filter(line -> !line.contains(" closed /"))).isEmpty();
    }

    @TestFactory
    @Order(1)
    Stream<DynamicTest> everyRowGetsItsAnswerAndReleasesItsResources() {
        return Stream.concat(
                ROWS.stream().map(row -> test(row, () -> row.attack().on(node))), Differences.skipped(Table.all()));
    }

    /** In parallel, because each row waits for a deadline of the server. At the end all resources are released. */
    @TestFactory
    @Order(2)
    Stream<DynamicTest> everySlowRowEndsInTime() {
        List<Row> slowRows = SLOW_ROWS;
        slowRows.forEach(
                row -> slow.add(CompletableFuture.supplyAsync(() -> row.attack().on(node), beside)));
        Stream<DynamicTest> tests = Stream.iterate(0, i -> i < slowRows.size(), i -> i + 1)
                .map(i -> DynamicTest.dynamicTest(slowRows.get(i).name(), () -> {
                    assertAnswer(slowRows.get(i), slow.get(i));
                    noticed.merge(ALL_SLOW_ROWS, longestDelay(), HostileInputsIT::max);
                }));
        return Stream.concat(tests, Differences.skipped(SlowRows.rows()));
    }

    private static Answer allSlowRows(Node node) {
        ExecutorService each = Executors.newCachedThreadPool();
        try {
            List<CompletableFuture<Answer>> answers = SLOW_ROWS.stream()
                    .map(row -> CompletableFuture.supplyAsync(() -> row.attack().on(node), each))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                assertAnswer(SLOW_ROWS.get(i), answers.get(i));
            }
            return Answer.seen("their answers");
        } finally {
            each.shutdownNow();
        }
    }

    private DynamicTest test(Row row, Supplier<Answer> attack) {
        return DynamicTest.dynamicTest(row.name(), () -> {
            assertAnswer(row, CompletableFuture.supplyAsync(attack, beside));
            assertLives(row.name());
            noticed.put(row, longestDelay());
            assertFilesAreGivenBack(row.name());
            if (rows.incrementAndGet() % ROWS_A_HEAP == 0) {
                bystanders.unmeasured(
                        () -> assertHeapIsGivenBack("one of the " + ROWS_A_HEAP + " rows up to " + row.name()));
            }
        });
    }

    /**
     * The longest delay since the last call, including one exchange now: there are so few delays that their p99 is the
     * longest.
     */
    private Duration longestDelay() {
        bystanders.exchange();
        return bystanders.takeP99();
    }

    private static void assertAnswer(Row row, CompletableFuture<Answer> answer) {
        assertThat(answer.orTimeout(ROW_DEADLINE.toSeconds(), TimeUnit.SECONDS).join())
                .as(row.name())
                .isEqualTo(row.answer());
    }

    private void assertLives(String after) throws IOException, InterruptedException {
        HttpResponse<String> live = http.send(
                HttpRequest.newBuilder(node.http().resolve("health/live")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(live.statusCode()).as("health after " + after).isEqualTo(200);
    }

    private void assertFilesAreGivenBack(String after) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .untilAsserted(() -> assertThat(openFiles() - filesBefore)
                        .as("growth of the open file descriptors after " + after)
                        .isLessThanOrEqualTo(FILES_MARGIN));
    }

    private void assertHeapIsGivenBack(String after) {
        long live = liveHeap();
        System.out.println(
                "# live heap before " + heapBefore / 1024 + " KiB, after " + after + " " + live / 1024 + " KiB");
        assertThat(live - heapBefore)
                .as("growth of the live heap in bytes after " + after)
                .isLessThan(HEAP_MARGIN);
    }

    private long liveHeap() {
        try {
            return new ServerJvm(server.pid()).liveBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * Repeats suspicious rows: a busy machine delays random rows, but a harmful row delays the bystanders every time.
     */
    @Test
    @Order(3)
    void bystandersAreNotDelayed() {
        Duration table = Duration.ofNanos(System.nanoTime() - begun);
        bystanders.talk(UNDISTURBED);
        // The machine may have become slower in general.
        Duration afterwards = bystanders.takeP99();
        Duration allowed = max(max(undisturbed, afterwards), NOISE).multipliedBy(2);
        Map<Row, Duration> suspects = above(allowed, noticed.keySet(), noticed::get);
        System.out.println("# " + ROWS.size() + " hostile inputs, and "
                + SLOW_ROWS.size()
                + " slow ones, in " + table.toSeconds() + " s; p99 of the bystanders before " + undisturbed.toMillis()
                + " ms, afterwards " + afterwards.toMillis() + " ms; rows with a delay above " + allowed.toMillis()
                + " ms, which are repeated: " + suspects);
        for (int i = 0; i < REPEATS && !suspects.isEmpty(); i++) {
            suspects = above(allowed, suspects.keySet(), this::delayOf);
        }
        assertThat(suspects)
                .as("rows that delay the bystanders every time by more than " + allowed)
                .isEmpty();
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Map<Row, Duration> above(Duration allowed, Collection<Row> rows, Function<Row, Duration> delay) {
        return rows.stream().collect(Collectors.toMap(Function.identity(), delay)).entrySet().stream()
                .filter(entry -> entry.getValue().compareTo(allowed) > 0)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private Duration delayOf(Row row) {
        bystanders.exchange();
        bystanders.takeP99();
        assertAnswer(row, CompletableFuture.supplyAsync(() -> row.attack().on(node), beside));
        return longestDelay();
    }

    @Test
    @Order(4)
    void memoryIsReleased() {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertHeapIsGivenBack("all rows"));
    }

    @Test
    @Order(5)
    void filesAndSocketsAreReleased() {
        Assumptions.assumeThat(files()).exists();
        assertFilesAreGivenBack("all slow rows");
        System.out.println("# open file descriptors before " + filesBefore + ", afterwards " + openFiles());
    }

    private Path files() {
        return Path.of("/proc", Long.toString(server.pid()), "fd");
    }

    private long openFiles() {
        try (Stream<Path> files = Files.isDirectory(files()) ? Files.list(files()) : Stream.empty()) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Order(6)
    void logContainsNeitherForgedLinesNorSecrets() throws IOException {
        String log = Files.readString(server.log());
        assertThat(log.lines()).noneMatch(line -> line.startsWith(FieldRows.INJECTED));
        // "eyJ" is the Base64 form of the brace and quote at the start of a token.
        assertThat(log).doesNotContain("\u001b").doesNotContain("eyJ").doesNotContain(FieldRows.CONFIDENTIAL);
        assertThat(log).as("the log contains the expected entries").contains("bad_messages");
    }

    /** A stack trace is some hundred times longer than the request that causes it. */
    @Test
    @Order(7)
    void noInputLeavesAStackTraceInTheLog() throws IOException {
        assertThat(Files.readString(server.log()).lines())
                .noneMatch(line -> line.startsWith("\tat "))
                .noneMatch(line -> line.matches("\\S+ ERROR .*"));
    }

    /** The DataSource of server-config keeps what it commits: the start would log a warning otherwise. */
    @Test
    @Order(8)
    void startWarnsOfNoDatabaseThatLosesMessages() throws IOException {
        assertThat(Files.readString(server.log())).doesNotContain("of the DataSource");
    }

    @Test
    @Order(9)
    void tableIsLongAndNamesAreUnique() {
        List<String> names =
                Stream.concat(ROWS.stream(), SLOW_ROWS.stream()).map(Row::name).toList();
        assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(ROWS_MIN);
    }
}
