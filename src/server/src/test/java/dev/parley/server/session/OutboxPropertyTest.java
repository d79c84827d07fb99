package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.CloseCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Tests the outbox against a model of its queue without transports. */
class OutboxPropertyTest {
    private static final int MAX_BYTES = 64;

    /** A sixteenth, with room for a message and a byte. */
    private static final int LOSSY_BYTES = 4;

    private static final String BINARY = RecordingTransport.shown(new byte[1]);

    enum Step {
        OFFER,
        OFFER_BATCH,
        OFFER_CPU,
        OFFER_HEAP,
        OFFER_LOSSY,
        FLUSH,
        COMPLETE,
        PING,
        CLOSE
    }

    /** The waiting messages and those that have left, in order. */
    private static final class Model {
        private final Map<String, String> waiting = new LinkedHashMap<>();
        private final List<String> left = new ArrayList<>();
        private boolean isSending;
        private boolean isClosing;
        private int numbers;

        private int bytes() {
            return waiting.values().stream()
                    .mapToInt(message -> message.equals(BINARY) ? 1 : message.length())
                    .sum();
        }

        /** @param place another one for each */
        private boolean takesLossy(String place) {
            boolean isTaken = !isClosing && (waiting.isEmpty() || bytes() + 1 <= LOSSY_BYTES);
            if (isTaken) {
                waiting.put(place, BINARY);
            }
            return isTaken;
        }

        /** @param place key that is equal for messages that replace each other */
        private boolean takes(String place, String message) {
            if (waiting.containsKey(place)) {
                waiting.put(place, message);
                return true;
            }
            boolean fits = waiting.isEmpty() || bytes() + message.length() <= MAX_BYTES;
            if (isClosing || !fits) {
                return false;
            }
            waiting.put(place, message);
            return true;
        }

        /** All of them or none. */
        private boolean takesAll(List<String> messages) {
            boolean fits =
                    waiting.isEmpty() || bytes() + String.join("", messages).length() <= MAX_BYTES;
            if (isClosing || !fits) {
                return false;
            }
            messages.forEach(message -> waiting.put(message, message));
            return true;
        }

        private void flush(int frame) {
            if (isSending || waiting.isEmpty()) {
                return;
            }
            List<String> places = waiting.keySet().stream()
                    .takeWhile(place -> !waiting.get(place).equals(BINARY))
                    .limit(frame)
                    .toList();
            if (places.isEmpty()) {
                places = waiting.keySet().stream().limit(1).toList();
            }
            places.forEach(place -> left.add(waiting.remove(place)));
            isSending = true;
        }
    }

    @Property(tries = 3_000)
    void everyMessageIsSentOnceInOrderOneSendAtATime(
            @ForAll("steps") List<Step> steps, @ForAll boolean isBatch, @ForAll boolean completesInsideSend) {
        Framing framing = isBatch ? Framing.BATCH : Framing.OBJECT;
        RecordingTransport transport =
                completesInsideSend ? RecordingTransport.completing() : RecordingTransport.holding();
        Outbox outbox = new Outbox(
                transport,
                framing,
                new Outbox.Bounds(MAX_BYTES, new OutboxMemoryBudget(Long.MAX_VALUE, () -> 1)),
                new ManualClock(),
                () -> 7);
        Model model = new Model();
        int frame = isBatch ? Integer.MAX_VALUE : 1;
        for (Step step : steps) {
            String message = "m" + model.numbers++;
            switch (step) {
                case OFFER ->
                    assertThat(outbox.offer(Encoded.of(message)) == Outbox.Offer.TAKEN)
                            .isEqualTo(model.takes(message, message));
                case OFFER_BATCH -> {
                    List<String> messages = List.of(message, "m" + model.numbers++, "m" + model.numbers++);
                    Encoded.Batch batch =
                            Encoded.Batch.of(messages.stream().map(Encoded::of).toList());
                    assertThat(outbox.offer(batch) == Outbox.Offer.TAKEN).isEqualTo(model.takesAll(messages));
                }
                case OFFER_CPU, OFFER_HEAP ->
                    assertThat(outbox.offerLatest(step.name(), Encoded.of(message)) == Outbox.Offer.TAKEN)
                            .isEqualTo(model.takes(step.name(), message));
                case OFFER_LOSSY ->
                    assertThat(outbox.offerLossy(EncodedBinary.of(new byte[1])) == Outbox.Offer.TAKEN)
                            .isEqualTo(model.takesLossy(message));
                case FLUSH -> {
                    outbox.flush();
                    model.flush(frame);
                }
                case COMPLETE -> {
                    if (transport.isSending()) {
                        transport.complete();
                        model.isSending = false;
                        model.flush(frame);
                    }
                }
                case PING -> {
                    assertThat(outbox.ping()).isEqualTo(!model.isSending && !model.isClosing);
                    if (!model.isClosing) {
                        model.flush(frame);
                    }
                    transport.takePings();
                }
                case CLOSE -> {
                    outbox.close(CloseCode.GOING_AWAY, CloseCode.GOING_AWAY.wireName());
                    model.isClosing = true;
                    model.flush(frame);
                }
            }
            while (completesInsideSend && model.isSending) {
                model.isSending = false;
                model.flush(frame);
            }
            assertThat(transport.isSending()).isEqualTo(model.isSending);
        }
        while (transport.isSending()) {
            transport.complete();
            model.isSending = false;
            model.flush(frame);
        }
        assertThat(sent(transport)).isEqualTo(model.left);
        assertThat(transport.takeCloses()).isEqualTo(model.isClosing ? List.of(CloseCode.GOING_AWAY) : List.of());
        transport.assertExhausted();
    }

    private static List<String> sent(RecordingTransport transport) {
        return transport.takeFrames().stream()
                .map(frame -> frame.startsWith("[") ? frame.substring(1, frame.length() - 1) : frame)
                .flatMap(frame -> Arrays.stream(frame.split(",")))
                .toList();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Arbitraries.frequency(
                        Tuple.of(6, Step.OFFER),
                        Tuple.of(2, Step.OFFER_BATCH),
                        Tuple.of(2, Step.OFFER_CPU),
                        Tuple.of(2, Step.OFFER_HEAP),
                        Tuple.of(4, Step.OFFER_LOSSY),
                        Tuple.of(3, Step.FLUSH),
                        Tuple.of(5, Step.COMPLETE),
                        Tuple.of(1, Step.PING),
                        Tuple.of(1, Step.CLOSE))
                .list()
                .ofMaxSize(80);
    }
}
