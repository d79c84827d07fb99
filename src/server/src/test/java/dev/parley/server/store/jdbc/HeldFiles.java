package dev.parley.server.store.jdbc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/** Files of H2, {@code jdbc:h2:held:PATH}, whose writes a test can hold: a disk that takes its time. */
public final class HeldFiles extends FilePathWrapper {
    private static final String SCHEME = "held";

    private static final long HELD_SECONDS_MAX = 30;

    private static volatile CountDownLatch gate = new CountDownLatch(0);

    static {
        FilePath.register(new HeldFiles());
    }

    /** For H2, which makes one for each path. */
    public HeldFiles() {}

    /** The URL of a database in such a file. A call, and no constant: it registers the scheme. */
    public static String url(Path database) {
        return "jdbc:h2:" + SCHEME + ":" + database;
    }

    /** From now on every write waits. */
    public static void hold() {
        gate = new CountDownLatch(1);
    }

    public static void release() {
        gate.countDown();
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        return new HeldChannel(getBase().open(mode));
    }

    private static final class HeldChannel extends FileBaseDefault {
        private final FileChannel file;

        HeldChannel(FileChannel file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            try {
                if (!gate.await(HELD_SECONDS_MAX, TimeUnit.SECONDS)) {
                    throw new IOException("A write was held for too long.");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while a write was held.", e);
            }
            return file.write(bytes, position);
        }

        @Override
        public int read(ByteBuffer bytes, long position) throws IOException {
            return file.read(bytes, position);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        protected void implTruncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void force(boolean metaData) throws IOException {
            file.force(metaData);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return file.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            file.close();
        }
    }
}
