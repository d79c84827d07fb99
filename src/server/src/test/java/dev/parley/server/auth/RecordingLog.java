package dev.parley.server.auth;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Records the log entries of a class or package until it is closed. */
public final class RecordingLog extends Handler implements AutoCloseable {
    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private RecordingLog(String name) {
        logger = Logger.getLogger(name);
        logger.addHandler(this);
    }

    public static RecordingLog of(Class<?> source) {
        return new RecordingLog(source.getName());
    }

    /** The entries of all classes in this package and the packages below it. */
    public static RecordingLog ofPackage(String name) {
        return new RecordingLog(name);
    }

    public List<String> lines() {
        return lines;
    }

    @Override
    public void publish(LogRecord line) {
        lines.add(line.getLevel() + " " + new SimpleFormatter().formatMessage(line));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
