package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Merges the application's read marks: of each channel one {@code read} is under way at a time, and the highest seq of
 * those that came meanwhile follows. Each caller gets the answer to the first {@code read} that covers its own.
 * Confined to the event loop.
 */
public final class PendingReads {
    private final RequestSender requests;
    private final LongSupplier nanoTime;
    /** The callers of each channel for which a {@code read} is under way. */
    private final Map<Target, List<Caller>> callers = new HashMap<>();

    private record Target(Optional<String> room, Optional<Boolean> inbox, Optional<Boolean> broadcast) {
        ClientMessage.Read read(String id, long seq) {
            return new ClientMessage.Read(Optional.of(id), room, inbox, broadcast, OptionalLong.of(seq));
        }
    }

    private record Caller(long seq, long deadline, SendCallback<ServerMessage> callback) {}

    /** @param nanoTime the clock of the deadlines */
    public PendingReads(RequestSender requests, LongSupplier nanoTime) {
        this.requests = requests;
        this.nanoTime = nanoTime;
    }

    public void read(ClientMessage.Read read, long deadline, SendCallback<ServerMessage> callback) {
        Target target = new Target(read.room(), read.inbox(), read.broadcast());
        boolean isUnderWay = callers.containsKey(target);
        callers.computeIfAbsent(target, fresh -> new ArrayList<>())
                .add(new Caller(read.seq().orElseThrow(), deadline, callback));
        if (!isUnderWay) {
            ask(target);
        }
    }

    /** Sends the highest seq of those that wait; ends where none does. */
    private void ask(Target target) {
        List<Caller> waiting = callers.get(target);
        if (waiting.isEmpty()) {
            callers.remove(target);
            return;
        }
        long seq = waiting.stream().mapToLong(Caller::seq).max().orElseThrow();
        long deadline = waiting.stream()
                .mapToLong(Caller::deadline)
                .reduce((one, other) -> one - other < 0 ? one : other)
                .orElseThrow();
        String id = RandomId.next();
        requests.ask(id, target.read(id, seq), deadline, new MergedCallback(target, seq));
    }

    private List<Caller> take(Target target, Predicate<Caller> which) {
        List<Caller> taken = new ArrayList<>();
        callers.get(target).removeIf(caller -> which.test(caller) && taken.add(caller));
        return taken;
    }

    private final class MergedCallback implements SendCallback<ServerMessage> {
        private final Target target;
        private final long seq;

        /** @param seq the mark that was sent */
        private MergedCallback(Target target, long seq) {
            this.target = target;
            this.seq = seq;
        }

        @Override
        public void succeeded(ServerMessage answer) {
            List<Caller> covered = take(target, caller -> caller.seq() <= seq);
            ask(target);
            covered.forEach(caller -> caller.callback().succeeded(answer));
        }

        /** What is refused once is refused for every seq. Only a timeout is each caller's own. */
        @Override
        public void failed(ParleyException why) {
            boolean isTimeout = why.code().equals(ParleyException.TIMEOUT);
            long now = nanoTime.getAsLong();
            List<Caller> over = take(target, caller -> !isTimeout || now - caller.deadline() >= 0);
            ask(target);
            over.forEach(caller -> caller.callback().failed(why));
        }
    }
}
