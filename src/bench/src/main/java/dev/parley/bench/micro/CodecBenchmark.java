package dev.parley.bench.micro;

import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Text to message and back: what every chat costs once, whoever reads it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class CodecBenchmark {
    private static final String CONTENT = "x".repeat(100);

    private final String received =
            "{\"type\":\"chat\",\"room\":\"bench\",\"id\":\"b3f0c1d2\",\"content\":\"" + CONTENT + "\"}";
    private final ServerMessage stored = new ServerMessage.Chat(
            "bench",
            123_456,
            "b3f0c1d2",
            "ana",
            Optional.empty(),
            CONTENT,
            "2026-11-29T12:00:00.123Z",
            Optional.empty());

    @Benchmark
    public List<Decoded> decodeChat() {
        return MessageCodec.decode(received);
    }

    @Benchmark
    public String encodeStoredChat() {
        return MessageCodec.encode(stored);
    }
}
