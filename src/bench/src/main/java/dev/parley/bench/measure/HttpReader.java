package dev.parley.bench.measure;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Deliveries;
import dev.parley.bench.load.HttpConnection;
import dev.parley.bench.load.Marker;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Tokens;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reader of a room of Parley over HTTP, see "Without a WebSocket" in {@code src/docs/protocol.md}. Confined to the
 * loop.
 */
public final class HttpReader implements HttpConnection.Listener {
    /** How it reads. */
    public enum Way {
        /** Asks once a second. */
        POLLING,
        /** Asks, and the server answers when there is something. */
        LONG_POLLING,
        /** Reads server-sent events. */
        EVENT_STREAM
    }

    private static final long POLL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int OK = 200;
    private static final Pattern POSITION = Pattern.compile("\"position\":\\{\"epoch\":\"([^\"]+)\",\"seq\":(\\d+)\\}");
    private static final String END_OF_EVENT = "\n\n";

    private final ConnectionLoop loop;
    private final Way way;
    private final String path;
    private final Map<String, String> headers;
    private final Recorder recorder;
    private final long firstPollAt;
    private final HttpConnection connection;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private Deliveries deliveries = new Deliveries(0, 1);
    private String position = "";
    private long requests;

    /**
     * Begins to connect. Loop only.
     *
     * @param firstPollAt monotonic time of the first request that looks for messages, so that many readers do not ask
     *     at the same time
     */
    public HttpReader(
            ConnectionLoop loop,
            RunningTarget server,
            Way way,
            String user,
            String room,
            Recorder recorder,
            long firstPollAt) {
        this.loop = loop;
        this.way = way;
        this.path = "/api/channels/room/" + room + "/messages";
        this.headers = Map.of("Authorization", "Bearer " + Tokens.of(user));
        this.recorder = recorder;
        this.firstPollAt = firstPollAt;
        this.connection = HttpConnection.open(loop, server.address(), this);
    }

    /** The first request asks where the room's end is. */
    @Override
    public void opened() {
        connection.get(path, headers);
    }

    /** Whether it knows where to read from. */
    public boolean isReady() {
        return !position.isEmpty();
    }

    public void expectFrom(long number) {
        deliveries = new Deliveries(number, 1);
        requests = 0;
    }

    public Deliveries deliveries() {
        return deliveries;
    }

    /** Requests since {@link #expectFrom}. */
    public long requests() {
        return requests;
    }

    private void ask() {
        requests++;
        switch (way) {
            case POLLING -> connection.get(path + "?after=" + position, headers);
            case LONG_POLLING -> connection.get(path + "?wait=50&after=" + position, headers);
            case EVENT_STREAM ->
                connection.get(
                        path,
                        Map.of(
                                "Authorization",
                                headers.get("Authorization"),
                                "Accept",
                                "text/event-stream",
                                "Last-Event-ID",
                                position));
        }
    }

    @Override
    public void body(byte[] bytes, int from, int end) {
        body.write(bytes, from, end - from);
        if (way == Way.EVENT_STREAM && isReady()) {
            takeEvents();
        }
    }

    private void takeEvents() {
        String text = body.toString(StandardCharsets.UTF_8);
        int end = text.lastIndexOf(END_OF_EVENT);
        if (end >= 0) {
            take(text.substring(0, end));
            byte[] rest = text.substring(end + END_OF_EVENT.length()).getBytes(StandardCharsets.UTF_8);
            body.reset();
            body.write(rest, 0, rest.length);
        }
    }

    private void take(String text) {
        long now = System.nanoTime();
        int count = 0;
        int at = 0;
        for (OptionalLong number = Marker.CONTENT.numberIn(text, at);
                number.isPresent();
                number = Marker.CONTENT.numberIn(text, at)) {
            at = text.indexOf(Marker.CONTENT.of(number.getAsLong()), at) + 1;
            count++;
            if (deliveries.take(number.getAsLong())) {
                recorder.record(number.getAsLong(), now, 0);
            }
        }
        recorder.count(count);
    }

    @Override
    public void answered(int status) {
        String text = body.toString(StandardCharsets.UTF_8);
        body.reset();
        Matcher found = POSITION.matcher(text);
        if (status != OK || !found.find()) {
            throw new IllegalStateException("The server answered " + way + " with " + status + ": " + text);
        }
        boolean isFirst = position.isEmpty();
        position = found.group(1) + ":" + found.group(2);
        if (isFirst) {
            loop.at(firstPollAt, this::ask);
            return;
        }
        take(text);
        if (way == Way.POLLING) {
            loop.at(System.nanoTime() + POLL_NANOS, this::ask);
        } else {
            ask();
        }
    }

    @Override
    public void closed() {
        throw new IllegalStateException("The server closed the connection of a reader by " + way);
    }
}
