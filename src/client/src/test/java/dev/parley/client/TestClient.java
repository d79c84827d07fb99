package dev.parley.client;

import dev.parley.client.internal.inbound.ListenerQueue;
import dev.parley.client.internal.loop.Backoff;
import dev.parley.client.internal.loop.ClientLoop;
import dev.parley.client.internal.loop.ClientSettings;
import dev.parley.client.internal.loop.ManualScheduler;
import dev.parley.client.internal.loop.SendQueue;
import dev.parley.client.internal.loop.TokenFetcher;
import dev.parley.client.internal.outbound.CapacityLimit;
import dev.parley.client.internal.outbound.Results;
import dev.parley.client.internal.transport.ConnectionFailure;
import dev.parley.client.internal.transport.Connector;
import dev.parley.client.internal.transport.Dialer;
import dev.parley.client.internal.transport.Transport;
import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.binary.ServerBinary;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** A client with a manual clock, scripted attempts and connections, and a listener thread that the test can block. */
public final class TestClient implements ParleyListener {
    static final Duration INTERVAL = Duration.ofSeconds(30);
    static final Duration TIMEOUT = Duration.ofSeconds(10);
    static final Duration SEND_TIMEOUT = Duration.ofSeconds(60);
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);

    /** A pending attempt. */
    record Attempt(
            Connector.TransportListener listener, Consumer<Transport> opened, Consumer<ConnectionFailure> failed) {}

    /** A pending token fetch for an open connection. */
    record Fetch(Consumer<String> fetched, Consumer<String> failed) {}

    final ManualScheduler time = new ManualScheduler();
    final Queue<Attempt> attempts = new ArrayDeque<>();
    final Queue<Fetch> fetches = new ArrayDeque<>();
    final List<String> heard = new ArrayList<>();
    final List<String> states = new ArrayList<>();
    final List<String> missed = new ArrayList<>();
    final List<String> refused = new ArrayList<>();
    final List<ServerMessage> events = new ArrayList<>();
    final List<ServerBinary> binaries = new ArrayList<>();
    final ListenerThread listenerThread = new ListenerThread();
    /** Channels that the welcome no longer opens, such as a room from which the user was removed. */
    final Set<String> lost = new HashSet<>();

    final Map<String, ServerMessage.Opened> channels = new HashMap<>(
            Map.of("room:lobby", opened(10, false), "inbox", opened(0, false), "broadcast", opened(0, false)));
    int abandoned;
    boolean hasEnded;
    int frameMax = 65_536;
    int rate;
    OptionalLong expiresIn = OptionalLong.empty();
    double random = 1;
    private int ids;
    ParleyClient client;

    /** Runs tasks at once, or collects them while blocked. */
    public static final class ListenerThread implements Executor {
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        public boolean isBlocked;

        @Override
        public void execute(Runnable task) {
            if (isBlocked) {
                tasks.add(task);
            } else {
                task.run();
            }
        }

        public void resume() {
            isBlocked = false;
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    TestClient() {
        this(100, 10);
    }

    TestClient(int messagesMax, int listenersMax) {
        this(messagesMax, listenersMax, SEND_TIMEOUT, 5, ClientObserver.NONE);
    }

    TestClient(int messagesMax, int listenersMax, Duration sendTimeout, int attemptsMax, ClientObserver observer) {
        ClientSettings settings = new ClientSettings(
                "test",
                URI.create("ws://server.example/chat"),
                Optional.empty(),
                Optional.of("anna"),
                Map.of(),
                new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(30), attemptsMax, Duration.ofSeconds(10)),
                CONNECT_TIMEOUT,
                sendTimeout,
                1_000_000,
                Optional.of(frame -> binaries.add(frame)),
                observer);
        ListenerQueue listeners = new ListenerQueue(
                new ListenerQueue.Bounds(listenersMax, 1_000_000), listenerThread, time::nanoTime, e -> {});
        Dialer dialer = (listener, opened, failed) -> {
            Attempt attempt = new Attempt(listener, opened, failed);
            attempts.add(attempt);
            return () -> {
                abandoned += attempts.remove(attempt) ? 1 : 0;
            };
        };
        TokenFetcher tokens = (fetched, failed) -> {
            Fetch fetch = new Fetch(fetched, failed);
            fetches.add(fetch);
            return () -> fetches.remove(fetch);
        };
        client = ParleyClientBuilder.assemble(
                settings,
                new ClientLoop.ClientDependencies(
                        time,
                        dialer,
                        MessageCodec::encode,
                        Optional.of(tokens),
                        listeners,
                        new Results(Runnable::run),
                        () -> random,
                        () -> "own" + ids++,
                        () -> false),
                this,
                new SendQueue.CapacityLimits(
                        new CapacityLimit(messagesMax, 3_000_000),
                        new CapacityLimit(10, 1_000),
                        new CapacityLimit(3, 100_000)),
                whenEnded -> {
                    hasEnded = true;
                    whenEnded.run();
                });
    }

    static ServerMessage.Opened opened(long seq, boolean recovered) {
        return new ServerMessage.Opened(new Position("e1", seq), recovered, 0);
    }

    /** Opens a connection for the only pending attempt. The client has written its login. */
    ScriptedTransport acceptAttempt() {
        if (attempts.size() != 1) {
            throw new AssertionError("Expected one attempt, but there are " + attempts.size() + ".");
        }
        Attempt attempt = attempts.remove();
        ScriptedTransport transport = new ScriptedTransport(attempt.listener());
        attempt.opened().accept(transport);
        return transport;
    }

    /** The same, and answers the login with a welcome. */
    ScriptedTransport open() {
        ScriptedTransport transport = acceptAttempt();
        welcome(transport, transport.take(ClientMessage.Login.class));
        return transport;
    }

    /** Sends a welcome that recovers all positions of the login. */
    void welcome(ScriptedTransport transport, ClientMessage.Login login) {
        Map<String, ServerMessage.Opened> opened = new HashMap<>(channels);
        login.positions().forEach((key, position) -> opened.put(key, new ServerMessage.Opened(position, true, 0)));
        opened.keySet().removeAll(lost);
        transport.says(new ServerMessage.Welcome(
                login.id(),
                "anna",
                Optional.empty(),
                Optional.empty(),
                "s1",
                List.of("user"),
                ServerMessage.Welcome.PROTOCOL,
                new ServerMessage.Heartbeat(INTERVAL.toMillis(), TIMEOUT.toMillis()),
                new ServerMessage.Limits(frameMax, 1_048_576, rate, 3, OptionalInt.empty()),
                expiresIn,
                opened));
    }

    ScriptedTransport connected() {
        client.connect();
        return open();
    }

    /** The result of a stage: {@code ok}, an error code, or {@code -} if it is incomplete. */
    static String outcome(CompletionStage<?> stage) {
        var future = stage.toCompletableFuture();
        if (!future.isDone()) {
            return "-";
        }
        try {
            future.join();
            return "ok";
        } catch (CompletionException e) {
            return ((ParleyException) e.getCause()).code();
        }
    }

    @Override
    public void received(ServerMessage.Stored message) {
        heard.add(message.content());
    }

    @Override
    public void notRecovered(Channel channel, Position position) {
        missed.add(channel.wireKey() + " " + position.seq());
    }

    @Override
    public void stateChanged(ClientState state, Optional<ParleyException> why) {
        states.add(state + why.map(reason -> " " + reason.code()).orElse(""));
    }

    @Override
    public void event(ServerMessage message) {
        events.add(message);
    }

    @Override
    public void refused(ParleyException why) {
        refused.add(why.code());
    }
}
