package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.BinaryCodec;
import dev.parley.protocol.binary.ClientBinary;
import dev.parley.protocol.binary.DecodedBinary;
import dev.parley.protocol.binary.ServerBinary;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests what the client does with binary frames, on a manual clock. */
class BinaryFramesTest {
    private static final byte[] PAYLOAD = {0, 1, (byte) 0xff};

    private final AtomicInteger ignored = new AtomicInteger();
    private final TestClient test = new TestClient(100, 10, TestClient.SEND_TIMEOUT, 5, new ClientObserver() {
        @Override
        public void binaryIgnored() {
            ignored.incrementAndGet();
        }
    });

    private static ServerBinary heard(int number) {
        return new ServerBinary(
                "lobby", "bert", Optional.of("k3f9"), "a/b", ByteBuffer.wrap(new byte[] {(byte) number}));
    }

    private boolean send(byte[] payload) {
        return test.client.sendBinary("Lobby", "a/b", ByteBuffer.wrap(payload));
    }

    private static ClientBinary sent(byte[] frame) {
        return ((DecodedBinary.Valid<ClientBinary>) BinaryCodec.decode(frame)).frame();
    }

    @Test
    void frameIsSentAtOnceAndReceivedByTheListener() {
        ScriptedTransport transport = test.connected();
        assertThat(send(PAYLOAD)).isTrue();
        assertThat(sent(transport.bytes()))
                .isEqualTo(new ClientBinary(Optional.empty(), "lobby", "a/b", ByteBuffer.wrap(PAYLOAD)));

        transport.saysBinary(heard(7));
        assertThat(test.binaries).containsExactly(heard(7));
    }

    @Test
    void onlyAClientWithAListenerAsksForFrames() {
        test.client.connect();
        assertThat(test.acceptAttempt().take(ClientMessage.Login.class).binary())
                .hasValue(true);
    }

    @Test
    void withoutAConnectionFramesAreDropped() {
        assertThatThrownBy(() -> send(PAYLOAD)).isInstanceOf(IllegalStateException.class);
        test.client.connect();
        assertThat(send(PAYLOAD)).isFalse();
        ScriptedTransport transport = test.open();
        assertThat(transport.bytes()).isEmpty();
        assertThat(send(PAYLOAD)).isTrue();
        transport.closes(1006);
        assertThat(send(PAYLOAD)).isFalse();
    }

    @Test
    void framesThatWaitedForALostConnectionAreDropped() {
        ScriptedTransport first = test.connected();
        first.isStalled = true;
        assertThat(send(PAYLOAD)).isTrue();
        assertThat(send(PAYLOAD)).isTrue();
        first.closes(1006);
        test.time.advance(Duration.ofSeconds(1));
        assertThat(test.open().bytes()).isEmpty();
    }

    @Test
    void fewFramesWaitForASlowConnection() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        assertThat(send(PAYLOAD)).as("in flight").isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(send(PAYLOAD)).isTrue();
        }
        assertThat(send(PAYLOAD)).isFalse();
        transport.flows();
        assertThat(send(PAYLOAD)).isTrue();
    }

    @Test
    void framesThatTakeMuchMemoryDoNotWait() {
        ScriptedTransport transport = test.connected();
        transport.isStalled = true;
        assertThat(send(new byte[60_000])).as("in flight").isTrue();
        for (int i = 0; i < 4; i++) {
            assertThat(send(new byte[60_000])).isTrue();
        }
        assertThat(send(new byte[60_000])).isFalse();
    }

    @Test
    void frameThatTheServerWouldNotTakeIsRefusedAtOnce() {
        test.connected();
        assertThatThrownBy(() -> send(new byte[65_536]))
                .isInstanceOfSatisfying(
                        ParleyException.class, why -> assertThat(why.code()).isEqualTo("too_long"))
                .hasMessageContaining("65536");
        assertThatThrownBy(() -> test.client.sendBinary("a b", "a/b", ByteBuffer.wrap(PAYLOAD)))
                .isInstanceOfSatisfying(
                        ParleyException.class, why -> assertThat(why.code()).isEqualTo("bad_message"));
        test.client.forceClose();
        assertThatThrownBy(() -> send(PAYLOAD))
                .isInstanceOfSatisfying(
                        ParleyException.class, why -> assertThat(why.code()).isEqualTo("closed"));
    }

    @Test
    void clientKeepsToTheRateOfFrames() {
        test.rate = 20;
        ScriptedTransport transport = test.connected();
        for (int i = 0; i < 201; i++) {
            assertThat(send(PAYLOAD)).isTrue();
        }
        int frame = BinaryCodec.encode(sentFrame()).length;
        assertThat(transport.bytes()).hasSize(200 * frame);
        test.time.advance(Duration.ofMillis(11));
        assertThat(transport.bytes()).hasSize(201 * frame);
    }

    private static ClientBinary sentFrame() {
        return new ClientBinary(Optional.empty(), "lobby", "a/b", ByteBuffer.wrap(PAYLOAD));
    }

    @Test
    void noFrameGetsAmongTheBytesOfAnUpload() {
        ScriptedTransport transport = test.connected();
        CompletionStage<Attachment> stored = test.client.upload("lobby", "a", "a/b", PAYLOAD);
        ClientMessage.Upload upload = transport.take(ClientMessage.Upload.class);
        send(PAYLOAD);
        transport.acks(upload);
        send(PAYLOAD);
        assertThat(transport.bytes()).isEqualTo(PAYLOAD);
        transport.says(new ServerMessage.Uploaded(
                upload.id(), new Attachment("f", "a", "a/b", PAYLOAD.length, Attachment.href("f"))));
        assertThat(TestClient.outcome(stored)).isEqualTo("ok");
        assertThat(transport.bytes()).as("frames of the past").isEqualTo(PAYLOAD);
        assertThat(send(PAYLOAD)).isTrue();
        assertThat(transport.bytes().length).isGreaterThan(PAYLOAD.length);
    }

    @Test
    void refusalIsPassedToTheListener() {
        ScriptedTransport transport = test.connected();
        send(PAYLOAD);
        transport.saysText("{\"type\":\"error\",\"code\":\"forbidden\",\"message\":\"Join first.\"}");
        assertThat(test.refused).containsExactly("forbidden");
    }

    @Test
    void framesBeforeTheWelcomeAndMalformedOnesAreCounted() {
        test.client.connect();
        ScriptedTransport transport = test.acceptAttempt();
        transport.saysBinary(heard(1));
        test.welcome(transport, transport.take(ClientMessage.Login.class));
        transport.saysBytes(new byte[0]);
        transport.saysBytes(new byte[] {0, 2, '{', '}'});
        assertThat(ignored).hasValue(3);
        transport.saysBinary(heard(2));
        assertThat(test.binaries).containsExactly(heard(2));
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void slowListenerLosesFramesAndKeepsItsConnection() {
        ScriptedTransport transport = test.connected();
        test.listenerThread.isBlocked = true;
        transport.chat("lobby", 11);
        for (int i = 0; i < 20; i++) {
            transport.saysBinary(heard(i));
        }
        assertThat(ignored.get()).isBetween(10, 19);
        transport.chat("lobby", 12);
        assertThat(test.client.state()).isEqualTo(ClientState.OPEN);
        test.listenerThread.resume();
        assertThat(test.heard).containsExactly("lobby 11", "lobby 12");
        assertThat(test.binaries).hasSize(20 - ignored.get()).startsWith(heard(0));
    }
}
