package dev.parley.server.store;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/** A real database whose connections can be made to fail or to wait. */
public final class SwitchedDatabase implements DataSource {
    private final DataSource real;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicBoolean losesAnswer = new AtomicBoolean();
    private final AtomicReference<AtomicReference<Connection>> stallsIn = new AtomicReference<>();
    private volatile Runnable whenAsked = () -> {};
    private volatile boolean isDown;
    private volatile Gate gate = new Gate(0);

    public SwitchedDatabase(DataSource real) {
        this.real = real;
    }

    /** An H2. */
    public SwitchedDatabase(String url) {
        this(h2(url));
    }

    private static DataSource h2(String url) {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL(url);
        h2.setUser("sa");
        return h2;
    }

    public void goDown() {
        isDown = true;
    }

    /** Neither down nor held. */
    public void comeBack() {
        isDown = false;
        release();
    }

    /** Every connection waits until {@link #release}. */
    public void hold() {
        gate = new Gate(Integer.MAX_VALUE);
    }

    /** The next connection waits until {@link #release}; those after it do not. */
    void holdTheNext() {
        gate = new Gate(1);
    }

    /** Blocks until somebody waits for {@link #release}. */
    void awaitHeld() throws InterruptedException {
        if (!gate.reached.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("Nobody asked for a connection.");
        }
    }

    /** The next transaction commits, but its connection breaks before anybody hears of it. */
    void loseTheAnswerToTheNextCommit() {
        losesAnswer.set(true);
    }

    /** The next transaction's connection breaks while the database is in its commit, which ends when this says so. */
    AutoCloseable stallTheNextCommit() {
        AtomicReference<Connection> stalled = new AtomicReference<>();
        stallsIn.set(stalled);
        return () -> {
            try (Connection connection = stalled.get()) {
                connection.commit();
            }
        };
    }

    /** Told before each connection is lent. */
    void whenAsked(Runnable listener) {
        whenAsked = listener;
    }

    private static Connection stalling(Connection real) {
        AtomicBoolean isBroken = new AtomicBoolean();
        return (Connection) Proxy.newProxyInstance(
                SwitchedDatabase.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    if (isBroken.get()) {
                        return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
                    }
                    if (method.getName().equals("commit")) {
                        isBroken.set(true);
                        throw new SQLException("No answer in time.", "08006");
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Connection losingTheAnswer(Connection real) {
        return (Connection) Proxy.newProxyInstance(
                SwitchedDatabase.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(real, arguments);
                        if (method.getName().equals("commit")) {
                            throw new SQLException("The line broke.", "08006");
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** How many connections were asked for. */
    int connections() {
        return connections.get();
    }

    public void release() {
        gate.opened.countDown();
    }

    @Override
    public Connection getConnection() throws SQLException {
        connections.incrementAndGet();
        gate.pass();
        if (isDown) {
            throw new SQLException("The database is down.");
        }
        whenAsked.run();
        AtomicReference<Connection> stalled = stallsIn.getAndSet(null);
        if (stalled != null) {
            stalled.set(real.getConnection());
            return stalling(stalled.get());
        }
        return losesAnswer.getAndSet(false) ? losingTheAnswer(real.getConnection()) : real.getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }

    /** Holds the first so many who come, until it is opened. */
    private static final class Gate {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);
        private final AtomicInteger held;

        Gate(int held) {
            this.held = new AtomicInteger(held);
        }

        void pass() throws SQLException {
            try {
                if (held.getAndDecrement() > 0) {
                    reached.countDown();
                    if (!opened.await(30, TimeUnit.SECONDS)) {
                        throw new SQLException("Nobody opened the gate.");
                    }
                }
            } catch (InterruptedException e) {
                throw new SQLException(e);
            }
        }
    }
}
