package dev.parley.client;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Utf8;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * Takes what the application sends: judges and admits it on the application's own thread, hands it over to the owner, and gives
 * a stage that settles once. Any thread may call any method, none blocks.
 */
final class Intake {
    private final ClientSettings settings;
    private final Scheduler owner;
    private final Results results;
    private final Conversation conversation;
    private final MetricBoard metrics;
    private final Admissions admissions;
    private final AtomicBoolean metricsTold = new AtomicBoolean();
    private volatile boolean isClosing;

    /** How much of each kind may wait. */
    record Admissions(Admission messages, Admission questions, Admission files) {}

    /** How something that has an answer, and no place in a channel, is asked. Thread rule: the owner. */
    interface Asking {
        void ask(String id, ClientMessage message, long deadline, Outcome<ServerMessage> outcome);
    }

    Intake(
            ClientSettings settings,
            Conversation.Surroundings surroundings,
            Conversation conversation,
            MetricBoard metrics,
            Admissions admissions) {
        this.settings = settings;
        this.owner = surroundings.owner();
        this.results = surroundings.results();
        this.conversation = conversation;
        this.metrics = metrics;
        this.admissions = admissions;
    }

    /** From now on nothing is taken. */
    void close() {
        isClosing = true;
    }

    /** Messages that wait for their ack. */
    int unacked() {
        return admissions.messages().count();
    }

    CompletionStage<ServerMessage.Welcome> connect() {
        CompletableFuture<ServerMessage.Welcome> result = new CompletableFuture<>();
        boolean isTaken = !isOver() && conversation.turn(() -> conversation.connect(result));
        return isTaken ? result : failed(ParleyException.closed());
    }

    /** @throws ParleyException where it is not taken */
    void metric(String metricId, double value) {
        if (isOver()) {
            throw ParleyException.closed();
        }
        ClientMessage.Metric metric;
        try {
            metric = new ClientMessage.Metric(Optional.empty(), metricId, OptionalDouble.of(value), Optional.empty());
        } catch (InvalidMessage e) {
            throw invalid(e);
        }
        if (!metrics.put(metric)) {
            throw new ParleyException(ParleyException.QUEUE_FULL, "Too many metrics wait for the line.");
        }
        // One word for many values: the owner's queue does not grow with them.
        if (metricsTold.compareAndSet(false, true)) {
            conversation.turn(() -> metricsTold.set(false));
        }
    }

    /** @param content not copied */
    CompletionStage<Attachment> upload(String room, String name, String mediaType, byte[] content) {
        String id = ParleyClientBuilder.id();
        if (isOver()) {
            return failed(ParleyException.closed());
        }
        try {
            String announcement = MessageCodec.encode(
                    new ClientMessage.Upload(Optional.of(id), room, name, mediaType, OptionalLong.of(content.length)));
            if (!admissions.files().enter(content.length)) {
                return failed(full("files", admissions.files()));
            }
            CompletableFuture<Attachment> result = new CompletableFuture<>();
            Outcome<Attachment> outcome = results.to(result, admissions.files(), content.length);
            Uploads.File file = new Uploads.File(id, announcement, content, deadline(), outcome);
            orClosed(outcome, conversation.turn(() -> conversation.intents().upload(file)));
            return result;
        } catch (InvalidMessage e) {
            return failed(invalid(e));
        }
    }

    private boolean isOver() {
        return isClosing || conversation.state() == ClientState.CLOSED;
    }

    private long deadline() {
        return owner.nanoTime() + settings.sendTimeout().toNanos();
    }

    /** A message that gets its place in a channel. */
    CompletionStage<ServerMessage.Ack> send(Function<Optional<String>, ClientMessage> message) {
        String id = ParleyClientBuilder.id();
        if (isOver()) {
            return failed(ParleyException.closed());
        }
        String json;
        try {
            json = MessageCodec.encode(message.apply(Optional.of(id)));
        } catch (InvalidMessage e) {
            return failed(invalid(e));
        }
        long bytes = Utf8.length(json);
        if (!admissions.messages().enter(bytes)) {
            settings.observer().failed(ParleyException.QUEUE_FULL);
            return failed(full("messages", admissions.messages()));
        }
        CompletableFuture<ServerMessage.Ack> result = new CompletableFuture<>();
        Outcome<ServerMessage.Ack> outcome = results.to(result, admissions.messages(), bytes);
        Unacked.Entry entry = new Unacked.Entry(id, json, owner.nanoTime(), deadline(), outcome);
        orClosed(outcome, conversation.turn(() -> conversation.intents().send(entry)));
        return result;
    }

    /** A question that changes nothing here. */
    <T extends ServerMessage> CompletionStage<T> ask(
            Class<T> type, Function<Optional<String>, ClientMessage> question) {
        return ask(type, question, conversation.intents()::ask);
    }

    <T extends ServerMessage> CompletionStage<T> ask(
            Class<T> type, Function<Optional<String>, ClientMessage> question, Asking asking) {
        String id = ParleyClientBuilder.id();
        if (isOver()) {
            return failed(ParleyException.closed());
        }
        ClientMessage message;
        try {
            message = question.apply(Optional.of(id));
        } catch (InvalidMessage e) {
            return failed(invalid(e));
        }
        if (!admissions.questions().enter(0)) {
            return failed(full("questions", admissions.questions()));
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        Outcome<ServerMessage> outcome = new Expected<>(type, results.to(result, admissions.questions(), 0));
        long deadline = deadline();
        orClosed(outcome, conversation.turn(() -> asking.ask(id, message, deadline, outcome)));
        return result;
    }

    /** The client may have ended since it was asked whether it had. */
    private static void orClosed(Outcome<?> outcome, boolean isHandedOver) {
        if (!isHandedOver) {
            outcome.failed(ParleyException.closed());
        }
    }

    /** An answer of the one type that fits the question. */
    private record Expected<T extends ServerMessage>(Class<T> type, Outcome<T> outcome)
            implements Outcome<ServerMessage> {
        @Override
        public void succeeded(ServerMessage answer) {
            if (type.isInstance(answer)) {
                outcome.succeeded(type.cast(answer));
            } else {
                String wrong = answer.getClass().getSimpleName();
                failed(new ParleyException(ParleyException.BAD_SERVER, "The server answered with " + wrong + "."));
            }
        }

        @Override
        public void failed(ParleyException why) {
            outcome.failed(why);
        }
    }

    private static ParleyException full(String what, Admission admission) {
        return new ParleyException(
                ParleyException.QUEUE_FULL, "Too many " + what + " wait for their answer: " + admission + ".");
    }

    private static ParleyException invalid(InvalidMessage e) {
        return new ParleyException(e.code().wireName(), e.getMessage(), Optional.empty(), e);
    }

    private static <T> CompletionStage<T> failed(ParleyException why) {
        return CompletableFuture.failedFuture(why);
    }
}
