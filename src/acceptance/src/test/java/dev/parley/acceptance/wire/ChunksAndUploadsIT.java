package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.ArquillianTest;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Tokens;
import dev.parley.acceptance.support.WireClient;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Long messages in chunks, uploads of files, and binary frames to rooms. */
@Timeout(120)
class ChunksAndUploadsIT extends ArquillianTest {
    /**
     * Offers no HTTP/2, which only GlassFish has without TLS: where it is off, Payara answers such an offer, any
     * Upgrade header, without the Content-Type of an answer that is long or late.
     */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Deployment(testable = false)
    static WebArchive parley() {
        return ParleyDeployment.with(Map.of(
                "parley.token.secret", Tokens.SECRET,
                "parley.rate.messages", "0",
                "parley.frame.timeout", "4s"));
    }

    private WireClient user(String name) {
        return WireClient.user(ws("/chat"), name);
    }

    private static String chunk(String transfer, int index, int count, String data) {
        return JsonText.escapedSurrogates(Json.createObjectBuilder()
                .add("type", "chunk")
                .add("id", transfer + "-" + index)
                .add("transfer", transfer)
                .add("index", index)
                .add("count", count)
                .add("data", data)
                .build());
    }

    @Test
    void megabyteArrivesIntactBetweenOtherMessages() {
        String content = "<你 \uD83D\uDE00>".repeat(1024 * 1024 / 10);
        String json = Json.createObjectBuilder()
                .add("type", "chat")
                .add("id", "long")
                .add("content", content)
                .build()
                .toString();
        // 20,000 characters are at most 60,000 bytes.
        int size = 20_000;
        int count = (json.length() + size - 1) / size;
        // Created before the first one is sent, which starts the timeout.
        List<String> chunks = IntStream.range(0, count)
                .mapToObj(i -> chunk("t", i, count, json.substring(i * size, Math.min(json.length(), (i + 1) * size))))
                .toList();
        try (WireClient ana = user("chunks-ana");
                WireClient ben = user("chunks-ben")) {
            for (int i = 0; i < count; i++) {
                ana.sendText(chunks.get(i));
                if (i == count / 2) {
                    ana.send("{'type':'chat','content':'between','id':'b'}");
                }
            }
            assertThat(ana.next("ack").getString("id")).isEqualTo("b");
            assertThat(ana.next("ack").getString("id")).isEqualTo("long");
            assertThat(ben.next("chat").getString("content")).isEqualTo("between");
            assertThat(ben.next("chat").getString("content")).isEqualTo(content);
        }
    }

    @Test
    void welcomeContainsTheMaximumMessageSize() {
        try (WireClient ana = WireClient.connect(ws("/chat"))) {
            ana.send("{'type':'login','token':'" + Tokens.of("chunks-ana") + "'}");
            JsonObject limits = ana.next("welcome").getJsonObject("limits");
            assertThat(limits.getInt("frame")).isEqualTo(64 * 1024);
            assertThat(limits.getInt("message")).isEqualTo(1024 * 1024);
        }
    }

    @Test
    void invalidTransfersGetAnErrorAndTheSessionStaysOpen() {
        try (WireClient ana = user("chunks-ana")) {
            for (String[] wrong : new String[][] {
                {chunk("a", 1, 3, "x")},
                {chunk("b", 0, 0, "x")},
                {chunk("c", 0, 3, "x"), chunk("c", 0, 3, "x")},
                {chunk("d", 0, 3, "x"), chunk("d", 2, 3, "x")},
                {chunk("e", 0, 3, "x"), chunk("e", 1, 4, "x")},
                {chunk("f", 0, Integer.MAX_VALUE, "x")},
                {chunk("g", 0, 2, "[{\"type\":\"ping\"}"), chunk("g", 1, 2, "]")},
                {chunk("h", 0, 1, chunk("i", 0, 1, "x"))}
            }) {
                for (String text : wrong) {
                    ana.sendText(text);
                }
                assertThat(ana.next("error").getString("code")).isEqualTo("bad_chunk");
            }
            ana.sendText(chunk("abandoned", 0, 2, "x"));
            assertThat(ana.next("error").getString("message")).contains("'abandoned'", "4000 ms");
            ana.send("{'type':'ping','id':'p'}");
            ana.answer("p");
        }
    }

    /** A client in the lobby who wants binary frames. */
    private WireClient binaryReader(String name) {
        WireClient client = WireClient.connect(ws("/chat"));
        client.send("{'type':'login','token':'" + Tokens.of(name) + "','binary':true}");
        client.next("welcome");
        return client;
    }

    private static byte[] binaryFrame(String header, byte[] payload) {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + json.length + payload.length)
                .putShort((short) json.length)
                .put(json)
                .put(payload)
                .array();
    }

    private static JsonObject header(byte[] frame) {
        int length = ByteBuffer.wrap(frame).getShort();
        return JsonText.object(new String(frame, 2, length, StandardCharsets.UTF_8));
    }

    private static byte[] payload(byte[] frame) {
        return Arrays.copyOfRange(frame, 2 + ByteBuffer.wrap(frame).getShort(), frame.length);
    }

    @Test
    void binaryFramesReachTheOthersThatAskedForThem() {
        try (WireClient ana = binaryReader("binary-ana");
                WireClient ben = binaryReader("binary-ben");
                WireClient cid = user("binary-cid")) {
            for (int size : new int[] {0, 1, 125, 126, 20_000, 32 * 1024}) {
                byte[] payload = file(size);
                ana.sendBytes(binaryFrame("{'room':'lobby','mediaType':'audio/webm;codecs=opus'}", payload));
                byte[] heard = ben.nextBinary();
                assertThat(header(heard))
                        .isEqualTo(JsonText.object("{\"room\":\"lobby\",\"sender\":\"binary-ana\","
                                + "\"mediaType\":\"audio/webm;codecs=opus\"}"));
                assertThat(payload(heard)).isEqualTo(payload);
            }
            ana.sendBytes(binaryFrame("{'id':'b','room':'lobby'}", new byte[32 * 1024 + 1]));
            assertThat(ana.answer("b").getString("code")).isEqualTo("too_long");
            // Behind all frames, so that none is on its way any more.
            ana.send("{'type':'chat','id':'c','content':'after'}");
            for (WireClient client : List.of(ana, cid)) {
                assertThat(client.next("chat").getString("content")).isEqualTo("after");
                assertThat(client.hasBinary()).isFalse();
            }
        }
    }

    @Test
    void binaryFramesAndMessagesShareAConnection() {
        try (WireClient ana = binaryReader("binary-ana");
                WireClient ben = binaryReader("binary-ben")) {
            byte[] frame = binaryFrame("{'room':'lobby'}", file(1_000));
            for (int i = 0; i < 50; i++) {
                ana.sendBytes(frame);
                ana.send("{'type':'chat','id':'m" + i + "','content':'" + i + "'}");
                ben.sendBytes(frame);
            }
            for (int i = 0; i < 50; i++) {
                assertThat(ben.next("chat").getString("content")).isEqualTo(Integer.toString(i));
                assertThat(payload(ben.nextBinary())).isEqualTo(file(1_000));
                assertThat(payload(ana.nextBinary())).isEqualTo(file(1_000));
            }
        }
    }

    private static byte[] file(int size) {
        byte[] bytes = new byte[size];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static JsonObject upload(WireClient client, String name, String mediaType, byte[] bytes) {
        return client.upload("lobby", name, mediaType, bytes);
    }

    private HttpResponse<byte[]> get(String href, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(http().resolve(href));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void fileOf8MiBIsUploadedAndReadByOthers() throws Exception {
        byte[] bytes = file(8 * 1024 * 1024);
        try (WireClient ana = user("files-ana");
                WireClient ben = user("files-ben")) {
            String id = upload(ana, "cat.png", "image/png", bytes).getString("id");
            ana.send("{'type':'chat','content':'look','attachment':{'id':'" + id + "'}}");
            JsonObject shown = ben.next("chat").getJsonObject("attachment");
            assertThat(shown.getString("name")).isEqualTo("cat.png");
            assertThat(shown.getInt("size")).isEqualTo(bytes.length);

            HttpResponse<byte[]> read =
                    get(shown.getString("href"), "Authorization", "Bearer " + Tokens.of("files-ben"));
            assertThat(read.statusCode()).isEqualTo(200);
            assertThat(read.body()).isEqualTo(bytes);
            assertThat(read.headers().firstValue("Content-Type")).contains("image/png");
            assertThat(read.headers().firstValue("Content-Disposition")).contains("inline; filename*=UTF-8''cat.png");
            assertThat(read.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            String tag = read.headers().firstValue("ETag").orElseThrow();
            assertThat(get(
                                    shown.getString("href"),
                                    "Authorization",
                                    "Bearer " + Tokens.of("files-ben"),
                                    "If-None-Match",
                                    tag)
                            .statusCode())
                    .isEqualTo(304);
        }
    }

    @Test
    void activeContentIsServedAsADownload() throws Exception {
        byte[] page = "<script>alert(1)</script>".getBytes(StandardCharsets.UTF_8);
        try (WireClient ana = user("files-ana")) {
            for (String type : new String[] {"text/html", "image/svg+xml", "application/xhtml+xml"}) {
                String href = upload(ana, "page.html", type, page).getString("href");
                HttpResponse<byte[]> read = get(href, "Authorization", "Bearer " + Tokens.of("files-ana"));
                assertThat(read.body()).isEqualTo(page);
                assertThat(read.headers().firstValue("Content-Type")).contains("application/octet-stream");
                assertThat(read.headers().firstValue("Content-Disposition"))
                        .hasValueSatisfying(value -> assertThat(value).startsWith("attachment;"));
                assertThat(read.headers().firstValue("Content-Security-Policy"))
                        .hasValueSatisfying(value -> assertThat(value).contains("sandbox"));
            }
        }
    }

    @Test
    void forbiddenFilesLookLikeMissingOnes() throws Exception {
        try (WireClient ana = user("files-ana")) {
            String href = upload(ana, "a.txt", "text/plain", file(10)).getString("href");
            HttpResponse<byte[]> stranger = get(href);
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            assertThat(stranger.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
            assertThat(get(href, "Authorization", "Bearer not-a-token").statusCode())
                    .isEqualTo(401);
            for (String wrong : new String[] {"attachments/", "attachments/nothing", href + "x", href + "/x"}) {
                HttpResponse<byte[]> missing = get(wrong, "Authorization", "Bearer " + Tokens.of("files-ana"));
                assertThat(missing.statusCode()).as(wrong).isEqualTo(404);
                assertThat(new String(missing.body(), StandardCharsets.UTF_8)).contains("not_found");
            }
        }
    }

    @Test
    void abandonedUploadGetsAnErrorAndTheNextOneWorks() {
        try (WireClient ana = user("files-ana")) {
            ana.send("{'type':'upload','id':'u','room':'lobby','name':'a','mediaType':'a/b','size':100}");
            ana.next("ack");
            ana.sendBytes(new byte[50]);
            JsonObject error = ana.next("error");
            assertThat(error.getString("code")).isEqualTo("bad_chunk");
            assertThat(error.getString("id")).isEqualTo("u");
            ana.sendBytes(new byte[50]);
            upload(ana, "a.txt", "text/plain", file(10));
        }
    }
}
