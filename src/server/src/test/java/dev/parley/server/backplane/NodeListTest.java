package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.server.session.Encoded;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NodeListTest {
    private static JsonObject room(String name) {
        return Json.createObjectBuilder().add("room", name).add("present", 2).build();
    }

    private static NodeList passed(NodeList list) {
        return NodeList.decoded(list.count(), list.encoded(), NodeLists::requireRoom);
    }

    @Test
    void listIsReadAsItWasWritten() {
        NodeList none = new NodeList(0, List.of());
        NodeList some = new NodeList(7, List.of(room("tea"), room("a\nb, \"你好\"")));

        assertThat(passed(none)).isEqualTo(none);
        assertThat(passed(some)).isEqualTo(some);
        assertThat(some.encoded().json()).doesNotContain("\n");
    }

    @Test
    void anotherNodeGetsAsManyItemsAsFit() {
        JsonObject item = room("好".repeat(1_000));
        int bytes = Encoded.of(item.toString()).bytes();
        int fits = (NodeList.BYTES_MAX - 1) / (bytes + 1);
        NodeList list = new NodeList(5_000, Collections.nCopies(fits + 1, item));

        assertThat(list.encoded().bytes()).isBetween(NodeList.BYTES_MAX - bytes, NodeList.BYTES_MAX);
        assertThat(passed(list)).isEqualTo(new NodeList(5_000, Collections.nCopies(fits, item)));
    }

    @Test
    void roomsAreCutByNameAndAllCounted() {
        Map<String, Integer> presentByRoom = IntStream.range(0, NodeLists.LISTED_MAX + 200)
                .boxed()
                .collect(Collectors.toMap(number -> "room-%04d".formatted(number), number -> 2));
        NodeList rooms = NodeLists.listed(presentByRoom);

        assertThat(rooms.count()).isEqualTo(NodeLists.LISTED_MAX + 200);
        assertThat(rooms.items())
                .hasSize(NodeLists.LISTED_MAX)
                .startsWith(room("room-0000"), room("room-0001"))
                .endsWith(room("room-0999"));
    }

    @Test
    void whatIsNoListIsRefused() {
        for (String text : List.of("", "{}", "[1]", "[{}", "[[]]")) {
            assertThatThrownBy(() -> NodeList.decoded(1, Encoded.of(text), item -> {}))
                    .as(text)
                    .isInstanceOf(RuntimeException.class);
        }
        assertThatThrownBy(() -> NodeList.decoded(1, Encoded.of("[{},{}]"), item -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("count of 1");
    }

    @Test
    void listWithAnItemOfAnotherShapeIsRefused() {
        String room = "{\"room\":\"tea\",\"present\":2}";
        assertAccepted(room, NodeLists::requireRoom);
        for (String bad : List.of("{}", "{\"room\":\"tea\"}", "{\"room\":1,\"present\":2}", "{\"present\":2}")) {
            assertRefused(room, bad, NodeLists::requireRoom);
        }
        String session = "{\"session\":\"s\",\"path\":\"/chat\",\"address\":\"::1\"}";
        String signedIn = session.replace("}", ",\"username\":\"ana\",\"roles\":[\"admin\"],\"of a later version\":1}");
        assertAccepted(session, NodeLists::requireSession);
        assertAccepted(signedIn, NodeLists::requireSession);
        for (String bad : List.of(
                room,
                session.replace("::1\"", "::1\",\"username\":null"),
                session.replace("::1\"", "::1\",\"guest\":1"),
                signedIn.replace("[\"admin\"]", "\"admin\""),
                signedIn.replace("\"admin\"", "{}"))) {
            assertRefused(session, bad, NodeLists::requireSession);
        }
    }

    private static void assertAccepted(String item, Consumer<JsonObject> shape) {
        assertThat(NodeList.decoded(1, Encoded.of("[" + item + "]"), shape).items())
                .hasSize(1);
    }

    private static void assertRefused(String good, String bad, Consumer<JsonObject> shape) {
        assertThatThrownBy(() -> NodeList.decoded(2, Encoded.of("[" + good + "," + bad + "]"), shape))
                .as(bad)
                .isInstanceOf(RuntimeException.class);
    }
}
