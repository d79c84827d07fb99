package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.server.session.Encoded;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeListTest {
    private static JsonObject room(String name) {
        return Json.createObjectBuilder().add("room", name).add("members", 2).build();
    }

    private static NodeList passed(NodeList list) {
        return NodeList.decoded(list.count(), list.encoded());
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
    void whatIsNoListIsRefused() {
        for (String text : List.of("", "{}", "[1]", "[{}", "[[]]")) {
            assertThatThrownBy(() -> NodeList.decoded(1, Encoded.of(text)))
                    .as(text)
                    .isInstanceOf(RuntimeException.class);
        }
    }
}
