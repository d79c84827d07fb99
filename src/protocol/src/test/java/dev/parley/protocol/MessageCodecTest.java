package dev.parley.protocol;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Vectors.Answer;
import dev.parley.protocol.Vectors.ClientVector;
import dev.parley.protocol.Vectors.ErrorAnswer;
import jakarta.json.JsonObject;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.annotation.JsonbSubtype;
import jakarta.json.bind.annotation.JsonbTypeInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
    private static final Jsonb JSONB = JsonbBuilder.create();

    /** Starts with a capital letter or a quoted field, and ends with a full stop. */
    private static final Pattern SENTENCE = Pattern.compile("(?s)[A-Z'].{10,}\\.");

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.parley.protocol.Vectors#client")
    void frameIsDecodedOrRejectedAsTheVectorSays(ClientVector vector) {
        List<Decoded> decoded = MessageCodec.decode(vector.text());

        assertThat(decoded).hasSameSizeAs(vector.answers());
        for (int i = 0; i < decoded.size(); i++) {
            assertAnswer(decoded.get(i), vector.answers().get(i));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dev.parley.protocol.Vectors#clientInvalid")
    void errorIsASentenceForPeople(ClientVector vector) {
        String reason = ((Decoded.Malformed) MessageCodec.decode(vector.text()).get(0)).reason();

        assertThat(reason)
                .matches(SENTENCE)
                .doesNotContain("dev.parley", "java.", "jakarta", "org.eclipse", "Exception", "Optional")
                .hasSizeLessThan(300);
        assertThat(reason.codePoints().filter(Character::isISOControl)).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("invalidElements")
    void errorDoesNotAffectOtherMessagesOfABatch(ClientVector vector) {
        List<Decoded> decoded =
                MessageCodec.decode("[{\"type\":\"ping\"}," + vector.text() + ",{\"type\":\"ping\",\"id\":\"last\"}]");

        assertThat(decoded).hasSize(3);
        assertThat(decoded.get(0)).isEqualTo(new Decoded.Valid(new ClientMessage.Ping(Optional.empty())));
        assertAnswer(decoded.get(1), vector.answers().get(0));
        assertThat(decoded.get(2)).isEqualTo(new Decoded.Valid(new ClientMessage.Ping(Optional.of("last"))));
    }

    /** Whether the text is JSON, so that it can be an element of an array. */
    static Stream<ClientVector> invalidElements() {
        return Vectors.clientInvalid()
                .filter(vector ->
                        !vector.answers().get(0).error().orElseThrow().code().equals("bad_json"));
    }

    @Test
    void everyClientTypeHasAVector() {
        assertThat(Vectors.clientValid().map(vector -> message(vector).getString("type")))
                .containsAll(types(ClientMessage.class));
    }

    @Test
    void everyClientFieldHasAVector() {
        Set<String> seen = Vectors.clientValid()
                .map(MessageCodecTest::message)
                .flatMap(message -> message.keySet().stream().map(field -> message.getString("type") + "." + field))
                .collect(toSet());

        assertThat(seen)
                .containsAll(subtypes(ClientMessage.class)
                        .flatMap(subtype -> Arrays.stream(subtype.type().getRecordComponents())
                                .map(component -> subtype.alias() + "." + component.getName()))
                        .toList());
    }

    @Test
    void everyServerTypeHasAVector() {
        assertThat(Vectors.server()
                        .map(vector -> vector.getJsonObject("message").getString("type")))
                .containsAll(types(ServerMessage.class));
    }

    @Test
    void serverMessagesAreEncodedAsTheVectorsSay() {
        Map<String, JsonObject> expected =
                Vectors.server().collect(toMap(vector -> vector.getString("name"), v -> v.getJsonObject("message")));
        Map<String, JsonObject> written = ServerMessages.BY_NAME.entrySet().stream()
                .collect(toMap(Map.Entry::getKey, e -> Vectors.parse(MessageCodec.encode(e.getValue()))));

        assertThat(written).containsExactlyInAnyOrderEntriesOf(expected);
    }

    @Test
    void serverMessagesAreReadBackUnchanged() {
        ServerMessages.BY_NAME.forEach(
                (name, message) -> assertThat(MessageCodec.decodeServer(MessageCodec.encode(message)))
                        .as(name)
                        .isEqualTo(message));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void subscribedFromEncodedMetricsIsTheSameText(int count) {
        List<ServerMessage.Value> values = IntStream.range(0, count)
                .mapToObj(i -> new ServerMessage.Value("a\"]}" + i, i / 3.0, "2026-01-31T12:00:00.000Z"))
                .toList();
        List<String> metrics = values.stream()
                .map(value ->
                        MessageCodec.encode(new ServerMessage.Metric(value.metricId(), value.value(), value.at())))
                .toList();
        for (Optional<String> id : List.of(Optional.of("s"), Optional.<String>empty())) {
            String withoutValues = MessageCodec.encode(ServerMessage.Subscribed.of(id, "a*", List.of()));
            assertThat(MessageCodec.insertMetrics(withoutValues, metrics))
                    .isEqualTo(MessageCodec.encode(ServerMessage.Subscribed.of(id, "a*", values)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void historyFromStoredMessagesIsTheSameText(int count) {
        List<ServerMessage.Stored> messages = ServerMessages.BY_NAME.values().stream()
                .filter(ServerMessage.Stored.class::isInstance)
                .map(ServerMessage.Stored.class::cast)
                .limit(count)
                .toList();
        List<String> stored = messages.stream().map(MessageCodec::encode).toList();
        for (Channel channel :
                List.of(Channel.Room.LOBBY, new Channel.Inbox(UserKey.user("anna")), Channel.Broadcast.INSTANCE)) {
            for (Optional<String> id : List.of(Optional.of("\"messages\":[]"), Optional.<String>empty())) {
                String withoutMessages = MessageCodec.encode(ServerMessage.History.of(id, channel, List.of(), 7, true));
                assertThat(MessageCodec.insertMessages(withoutMessages, stored))
                        .isEqualTo(MessageCodec.encode(ServerMessage.History.of(id, channel, messages, 7, true)));
            }
        }
    }

    @Test
    void absentFieldsAreOmittedAndNeverNull() {
        ServerMessages.BY_NAME.forEach((name, message) ->
                assertThat(MessageCodec.encode(message)).as(name).doesNotContain("null"));
    }

    @Test
    void loginAsTextContainsNoToken() {
        Decoded decoded = MessageCodec.decode(
                        "{\"type\":\"login\",\"token\":\"secret\",\"guestSecret\":\"private\",\"session\":\"hidden\"}")
                .get(0);

        assertThat(decoded.toString()).contains("Login").doesNotContain("secret", "private", "hidden");
        assertThat(ServerMessages.BY_NAME.get("welcome of a new guest").toString())
                .contains("Welcome", "k3f9")
                .doesNotContain("c2VjcmV0");
    }

    private static void assertAnswer(Decoded decoded, Answer expected) {
        if (decoded instanceof Decoded.Valid valid) {
            assertThat(json(valid.message())).isEqualTo(expected.message().orElse(null));
        } else if (decoded instanceof Decoded.Malformed malformed) {
            assertThat(expected.error()).as(malformed.reason()).isPresent();
            ErrorAnswer error = expected.error().get();
            assertThat(malformed.code().wireName()).as(malformed.reason()).isEqualTo(error.code());
            assertThat(malformed.id()).isEqualTo(error.id());
            assertThat(malformed.reason()).contains(error.mentions());
        }
    }

    private static JsonObject message(ClientVector vector) {
        return vector.answers().get(0).message().orElseThrow();
    }

    private static JsonObject json(ClientMessage message) {
        return Vectors.parse(JSONB.toJson(message));
    }

    private static List<String> types(Class<?> messages) {
        return subtypes(messages).map(JsonbSubtype::alias).toList();
    }

    private static Stream<JsonbSubtype> subtypes(Class<?> messages) {
        return Arrays.stream(messages.getAnnotation(JsonbTypeInfo.class).value());
    }
}
