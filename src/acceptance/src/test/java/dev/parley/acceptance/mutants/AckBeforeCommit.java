package dev.parley.acceptance.mutants;

import dev.parley.server.HostEnvironment;
import dev.parley.server.config.Settings;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.sql.Connection;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** A mutant whose commit returns too early: messages are on disk only 300 ms after their ack. */
@Alternative
@Priority(1)
@ApplicationScoped
public class AckBeforeCommit extends HostEnvironment {
    private static final Pattern STORES = Pattern.compile("(?i)\\binsert into parley_message\\b");
    private static final long LATER_MILLIS = 300;

    private final AtomicBoolean hasBitten = new AtomicBoolean();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "commits-later");
        thread.setDaemon(true);
        return thread;
    });

    /** The state of one connection's transaction. */
    private enum State {
        READS,
        STORES,
        /** The server believes that the transaction is committed and the connection closed. */
        COMMITS_LATER
    }

    @Override
    public DataSource dataSource(Settings settings) {
        return Jdbc.connections(super.dataSource(settings), this::wrapped);
    }

    private Connection wrapped(Connection real) {
        State[] state = {State.READS};
        return Jdbc.around(Connection.class, real, (call, method, arguments) -> {
            if (method.equals("prepareStatement")
                    && STORES.matcher((String) arguments[0]).find()) {
                state[0] = State.STORES;
            }
            if (state[0] == State.STORES && method.equals("commit")) {
                state[0] = State.COMMITS_LATER;
                later.schedule(() -> reallyCommit(real), LATER_MILLIS, TimeUnit.MILLISECONDS);
                if (hasBitten.compareAndSet(false, true)) {
                    System.out.println(Jdbc.BITES + "commits come " + LATER_MILLIS + " ms late");
                }
                return null;
            }
            if (state[0] == State.COMMITS_LATER) {
                return afterwards(method);
            }
            return call.call(arguments);
        });
    }

    /** The results of calls between the pretended commit and the close of the connection. */
    private static Object afterwards(String method) {
        return switch (method) {
            case "getAutoCommit" -> true;
            case "isClosed" -> false;
            default -> null;
        };
    }

    private static Void reallyCommit(Connection real) throws Exception {
        try (real) {
            real.commit();
            real.setAutoCommit(true);
        }
        return null;
    }
}
