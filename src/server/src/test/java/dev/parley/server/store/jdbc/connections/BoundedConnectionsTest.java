package dev.parley.server.store.jdbc.connections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.RecordingLog;
import dev.parley.server.store.jdbc.TestDatabase;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jdbi.v3.core.statement.Cleanable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedConnectionsTest {
    private static final SQLException DEAD = new SQLException("This connection has been closed.", "08003");

    private final List<String> calls = new ArrayList<>();
    private int networkTimeout;
    private Optional<Throwable> timeoutFailure = Optional.empty();
    private boolean isDead;

    private final Connection connection = proxy(Connection.class, this::answer);
    private final BoundedConnections connections =
            new BoundedConnections(proxy(DataSource.class, (method, arguments) -> connection));

    private interface Answers {
        Object answer(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Answers answers) {
        return type.cast(Proxy.newProxyInstance(
                BoundedConnectionsTest.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> answers.answer(method, arguments)));
    }

    private Object answer(Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "getAutoCommit" -> {
                if (isDead) {
                    throw DEAD;
                }
                return true;
            }
            case "getNetworkTimeout", "setNetworkTimeout" -> {
                if (timeoutFailure.isPresent()) {
                    throw timeoutFailure.get();
                }
                return arguments == null ? networkTimeout : setTimeout((Executor) arguments[0], (int) arguments[1]);
            }
            case "isValid" -> {
                calls.add("isValid");
                return !isDead;
            }
            case "close" -> {
                calls.add("close");
                return null;
            }
            default -> throw new AssertionError("Nobody needs " + method);
        }
    }

    private Object setTimeout(Executor executor, int milliseconds) {
        List<Thread> used = new ArrayList<>();
        executor.execute(() -> used.add(Thread.currentThread()));
        assertThat(used).as("no other thread").containsExactly(Thread.currentThread());
        calls.add("timeout " + milliseconds);
        networkTimeout = milliseconds;
        return null;
    }

    private Cleanable borrow() throws SQLException {
        return connections.getCleanableFor(connections.openConnection());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15_001, 600_000})
    void longerTimeoutIsLimitedUntilThePoolGetsItBack(int before) throws SQLException {
        networkTimeout = before;
        Cleanable borrowed = borrow();
        assertThat(calls).containsExactly("timeout 15000");
        borrowed.close();
        assertThat(calls).containsExactly("timeout 15000", "timeout " + before, "close");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10_000, 15_000})
    void shorterTimeoutStays(int before) throws SQLException {
        networkTimeout = before;
        borrow().close();
        assertThat(calls).containsExactly("close");
    }

    static Stream<Throwable> refusals() {
        return Stream.of(
                new SQLFeatureNotSupportedException(), new UnsupportedOperationException(), new AbstractMethodError());
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void poolWithoutTimeoutsIsUsedAndNamedOnce(Throwable refusal) throws SQLException {
        timeoutFailure = Optional.of(refusal);
        try (RecordingLog log = RecordingLog.of(BoundedConnections.class)) {
            borrow().close();
            borrow().close();
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains("socketTimeout");
        }
        assertThat(calls).containsExactly("close", "close");
    }

    static Stream<Throwable> failures() {
        return Stream.of(DEAD, new IllegalStateException("expected by this test"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void failureOfALivingConnectionIsARefusal(Throwable failure) throws SQLException {
        timeoutFailure = Optional.of(failure);
        try (RecordingLog log = RecordingLog.of(BoundedConnections.class)) {
            borrow().close();
            borrow().close();
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains("socketTimeout");
        }
        assertThat(calls).as("asked once").containsExactly("isValid", "close", "close");
    }

    @Test
    void connectionThatDiedIsReturnedAndNotTouched() throws SQLException {
        try (RecordingLog log = RecordingLog.of(BoundedConnections.class)) {
            Cleanable borrowed = borrow();
            isDead = true;
            borrowed.close();
            assertThat(calls).containsExactly("timeout 15000", "close");

            timeoutFailure = Optional.of(DEAD);
            borrow().close();
            assertThat(calls).containsExactly("timeout 15000", "close", "isValid", "close");
            assertThat(log.lines()).as("its first statement reports it").isEmpty();
        }
    }

    /** In this process H2 has no network, and ignores the timeout. */
    @Test
    void connectionsOfH2AreUsed() throws SQLException {
        BoundedConnections h2 = new BoundedConnections(TestDatabase.h2());
        try (RecordingLog log = RecordingLog.of(BoundedConnections.class)) {
            Connection borrowed = h2.openConnection();
            Cleanable cleanable = h2.getCleanableFor(borrowed);
            assertThat(borrowed.isValid(0)).isTrue();
            cleanable.close();
            assertThat(borrowed.isClosed()).isTrue();
            assertThat(log.lines()).isEmpty();
        }
    }
}
