package dev.parley.server.dispatch;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A database that can be told to be away, or to hang. */
final class FailingDataSource implements DataSource {
    private final DataSource database;
    private volatile boolean isAway;
    private volatile CountDownLatch answers = new CountDownLatch(0);

    FailingDataSource(DataSource database) {
        this.database = database;
    }

    void goesAway() {
        isAway = true;
    }

    /** Answers nobody until it {@link #comesBack}. */
    void hangs() {
        answers = new CountDownLatch(1);
    }

    void comesBack() {
        isAway = false;
        answers.countDown();
    }

    @Override
    public Connection getConnection() throws SQLException {
        try {
            answers.await();
        } catch (InterruptedException e) {
            throw new SQLException(e);
        }
        if (isAway) {
            throw new SQLException("away, as this test wants it");
        }
        return database.getConnection();
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return database.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        database.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        database.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return database.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return database.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return database.isWrapperFor(type);
    }
}
