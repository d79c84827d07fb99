package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class NodeEventCodecTest {
    private static NodeEventCodec.Received passed(NodeEvent event) {
        return NodeEventCodec.decode(NodeEventCodec.encode("node", event));
    }

    @Test
    void everyEventIsReadAsItWasWritten() {
        assertThat(BackplaneContract.everyKind()).allSatisfy(event -> assertThat(passed(event))
                .isEqualTo(new NodeEventCodec.Received("node", List.of(event))));
    }

    @Test
    void messagesThatFollowEachOtherShareOneText() {
        List<NodeEvent.Stored> run = LongStream.rangeClosed(5, 8)
                .mapToObj(seq -> new NodeEvent.Stored(
                        Channel.Room.LOBBY,
                        new Position("e", seq),
                        2,
                        Encoded.of("{\"content\":\"a\\nb\",\"seq\":" + seq + "}"),
                        Optional.empty()))
                .toList();
        String text = NodeEventCodec.encodeStored("node", run);

        assertThat(text.lines()).hasSize(1 + run.size());
        assertThat(NodeEventCodec.decode(text).events()).isEqualTo(run);
    }

    @Test
    void whatANewerNodeSaysIsSkipped() {
        assertThat(NodeEventCodec.decode("{\"v\":1,\"type\":\"moved\",\"node\":\"n\"}")
                        .events())
                .isEmpty();
        assertThat(NodeEventCodec.decode("{\"v\":2,\"type\":\"epochs\",\"node\":\"n\"}")
                        .events())
                .isEmpty();
        assertThat(NodeEventCodec.decode("{\"v\":1,\"type\":\"epochs\",\"node\":\"n\",\"since\":{}}")
                        .events())
                .containsExactly(new NodeEvent.AllEpochsRenewed());
    }

    @Test
    void runsEndWhereSomethingElseComes() {
        NodeEvent first = BackplaneContract.stored(Channel.Room.LOBBY, 1, "{}");
        NodeEvent second = BackplaneContract.stored(Channel.Room.LOBBY, 2, "{}");
        NodeEvent gap = BackplaneContract.stored(Channel.Room.LOBBY, 4, "{}");
        NodeEvent elsewhere = BackplaneContract.stored(BackplaneContract.INBOX, 5, "{}");
        NodeEvent byAnotherProcess = new NodeEvent.Stored(
                BackplaneContract.INBOX, new Position("e", 6), 7, Encoded.of("{}"), Optional.of("another"));
        NodeEvent grown = new NodeEvent.Grown(Channel.Room.LOBBY, 6);

        assertThat(NodeEventRuns.of(List.of(first, second, gap, elsewhere, byAnotherProcess, grown, grown)))
                .containsExactly(
                        List.of(first, second),
                        List.of(gap),
                        List.of(elsewhere),
                        List.of(byAnotherProcess),
                        List.of(grown),
                        List.of(grown));
        assertThat(NodeEventRuns.of(List.of())).isEmpty();
    }
}
