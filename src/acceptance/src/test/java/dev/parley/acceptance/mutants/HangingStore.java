package dev.parley.acceptance.mutants;

import dev.parley.server.HostEnvironment;
import dev.parley.server.config.Settings;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/** A mutant whose data source blocks while {@link #hang} is in effect. */
@Alternative
@Priority(1)
@ApplicationScoped
public class HangingStore extends HostEnvironment {
    /** Upper bound, in case a test fails before the release. */
    private static final long HANGS_SECONDS = 60;

    private volatile CountDownLatch released = new CountDownLatch(0);

    public void hang() {
        released = new CountDownLatch(1);
    }

    public void release() {
        released.countDown();
    }

    @Override
    public DataSource dataSource(Settings settings) {
        return Jdbc.connections(super.dataSource(settings), connection -> {
            try {
                released.await(HANGS_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return connection;
        });
    }
}
