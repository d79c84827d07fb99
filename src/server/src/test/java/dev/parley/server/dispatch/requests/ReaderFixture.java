package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.Sessions;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Readers on a scripted store and a manual clock. What wakes them runs at once. */
final class ReaderFixture {
    static final Duration LIFETIME = Duration.ofHours(1);
    static final int READERS_OF_USER = 2;
    static final int CONNECTIONS_OF_NODE = 5;

    final ManualClock clock = new ManualClock();
    final ScriptedPages pages = new ScriptedPages();
    final ChannelWatch watch = new ChannelWatch(Runnable::run);
    final Sessions sessions = new Sessions(new Sessions.Caps(CONNECTIONS_OF_NODE, 0, 0));
    final Set<UserKey> revoked = new HashSet<>();
    boolean isDraining;
    final HttpReaders readers = new HttpReaders(
            pages,
            watch,
            sessions,
            new HttpReaders.Rules(READERS_OF_USER, who -> revoked.contains(who.key()), () -> isDraining),
            clock,
            clock,
            new Random(1));
    final RecordingOutput output = new RecordingOutput();

    Identity user(String name) {
        return Identity.user(name, Set.of(), clock.instant().plus(LIFETIME), Optional.of(clock.instant()));
    }

    /** A request that waits after a position. */
    ChannelReader poll(Position after, Duration wait) {
        return poll(user("ana"), Optional.of(after), wait, output);
    }

    ChannelReader poll(Identity who, Optional<Position> after, Duration wait, RecordingOutput into) {
        ChannelReader reader = readers.page(who, Channel.Room.LOBBY, after, 100, wait, into);
        reader.begin();
        return reader;
    }

    ChannelReader stream(Optional<Position> after) {
        return stream(user("ana"), after, output);
    }

    ChannelReader stream(Identity who, Optional<Position> after, RecordingOutput into) {
        ChannelReader reader = readers.stream(who, Channel.Room.LOBBY, after, into);
        reader.begin();
        return reader;
    }

    /** A message with this seq was stored. */
    void store(long seq) {
        watch.grown(Channel.Room.LOBBY, seq);
    }

    /** A right or the epoch changed. */
    void change() {
        watch.changed(Channel.Room.LOBBY);
    }

    void pass(Duration time) {
        clock.advance(time);
        readers.check();
    }
}
