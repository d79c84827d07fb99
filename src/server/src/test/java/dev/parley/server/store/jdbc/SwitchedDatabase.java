package dev.parley.server.store.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/**
 * A real database whose transactions can be made to fail or to wait at their begin, or to wait before their commit, on
 * new and old connections.
 */
public final class SwitchedDatabase extends WrappedDataSource {
    private static final String NONE = "";

    private final AtomicInteger transactions = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger lent = new AtomicInteger();
    private final AtomicBoolean losesAnswer = new AtomicBoolean();
    private final AtomicReference<Stalled> stallsNext = new AtomicReference<>();
    private volatile Runnable whenBegun = () -> {};
    private volatile String failure = NONE;
    private volatile int isolation = Connection.TRANSACTION_READ_COMMITTED;
    private volatile Gate gate = new Gate(0);
    private volatile Gate commitGate = new Gate(0);

    public SwitchedDatabase(DataSource real) {
        super(real);
    }

    /** Wraps an H2 database. */
    public SwitchedDatabase(String url) {
        this(h2(url));
    }

    private static DataSource h2(String url) {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL(url);
        h2.setUser("sa");
        return h2;
    }

    /** The database itself. */
    public DataSource unswitched() {
        return real;
    }

    public void goDown() {
        failWith("08006");
    }

    /** Makes every transaction fail with this SQLSTATE at its begin. */
    public void failWith(String sqlState) {
        failure = sqlState;
    }

    /** Sets the isolation level of connections that are borrowed from now on. */
    public void isolateBy(int level) {
        isolation = level;
    }

    /** Ends failures and releases held transactions. */
    public void comeBack() {
        failure = NONE;
        release();
    }

    /** Makes every transaction wait until {@link #release}. */
    public void hold() {
        gate = new Gate(Integer.MAX_VALUE);
    }

    /** Makes only the next transaction wait until {@link #release}. */
    public void holdTheNext() {
        gate = new Gate(1);
    }

    /**
     * Makes the next transaction that has stored a message wait before its commit until {@link #release}: it has done
     * all its work, and nobody sees it.
     */
    public void holdTheNextCommit() {
        commitGate = new Gate(1);
    }

    /** Blocks until a transaction waits at its begin for {@link #release}. */
    public void awaitHeld() throws InterruptedException {
        await(gate);
    }

    /** Blocks until a transaction waits before its commit for {@link #release}. */
    public void awaitHeldCommit() throws InterruptedException {
        await(commitGate);
    }

    private static void await(Gate gate) throws InterruptedException {
        if (!gate.reached.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("No transaction came to the gate.");
        }
    }

    /** Makes the next transaction commit, but breaks its connection before the answer arrives. */
    public void loseTheAnswerToTheNextCommit() {
        losesAnswer.set(true);
    }

    /**
     * Breaks the next transaction's connection while the database is in its commit. Closing the result ends the commit.
     */
    public AutoCloseable stallTheNextCommit() {
        Stalled stalled = new Stalled();
        stallsNext.set(stalled);
        return stalled::goOn;
    }

    /** Sets a listener that is called at the begin of each transaction. */
    public void whenBegun(Runnable listener) {
        whenBegun = listener;
    }

    /** A commit that nothing waits for any more. */
    private static final class Stalled {
        private final AtomicReference<Connection> connection = new AtomicReference<>();

        void goOn() throws SQLException {
            try (Connection real = connection.get()) {
                real.commit();
            }
        }
    }

    /** Controls the transactions of one connection. */
    private final class Switch implements InvocationHandler {
        private final Connection real;
        private boolean losesThisAnswer;
        private Stalled stallsHere;
        private boolean hasStored;
        private boolean isBroken;

        Switch(Connection real) {
            this.real = real;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (isBroken) {
                return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
            }
            if (method.getName().equals("setAutoCommit") && arguments[0].equals(false)) {
                begin();
                stallsHere = stallsNext.getAndSet(null);
                losesThisAnswer = losesAnswer.getAndSet(false);
                hasStored = false;
            } else if (method.getName().equals("prepareStatement") && real.getAutoCommit()) {
                // A statement without a transaction is one of its own.
                begin();
            }
            if (method.getName().equals("prepareStatement")) {
                hasStored |= ((String) arguments[0]).contains("insert into parley_message");
            }
            if (method.getName().equals("commit") && hasStored) {
                commitGate.pass();
            }
            if (method.getName().equals("commit") && stallsHere != null) {
                isBroken = true;
                stallsHere.connection.set(real);
                throw new SQLException("No answer in time.", "08006");
            }
            if (method.getName().equals("close") && !real.isClosed()) {
                lent.decrementAndGet();
            }
            Object result;
            try {
                result = method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            if (method.getName().equals("commit") && losesThisAnswer) {
                losesThisAnswer = false;
                throw new SQLException("The line broke.", "08006");
            }
            return result;
        }

        private void begin() throws SQLException {
            transactions.incrementAndGet();
            gate.pass();
            failIfDown();
            whenBegun.run();
        }
    }

    private void failIfDown() throws SQLException {
        String sqlState = failure;
        if (!sqlState.equals(NONE)) {
            throw new SQLException("The database is down.", sqlState);
        }
    }

    /** Number of connections borrowed so far. */
    public int connections() {
        return connections.get();
    }

    /** Number of connections that have not been returned. */
    public int lent() {
        return lent.get();
    }

    /** Number of transactions begun so far. */
    public int transactions() {
        return transactions.get();
    }

    public void release() {
        gate.opened.countDown();
        commitGate.opened.countDown();
    }

    @Override
    public Connection getConnection() throws SQLException {
        failIfDown();
        connections.incrementAndGet();
        lent.incrementAndGet();
        Connection connection = real.getConnection();
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(isolation);
        }
        return (Connection) Proxy.newProxyInstance(
                SwitchedDatabase.class.getClassLoader(), new Class<?>[] {Connection.class}, new Switch(connection));
    }

    /** Blocks the first callers, up to a number, until it is opened. */
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
