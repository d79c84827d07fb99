package dev.parley.launcher.run;

import dev.parley.launcher.PrivateFile;
import dev.parley.launcher.StartFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Base64;

/** The folder that outlives a run: the messages, and the secrets of this machine's runs. */
final class DataFolder implements AutoCloseable {
    /** 256 bits, the key length of HS256. */
    private static final int SECRET_BYTES = 32;

    private final Path folder;
    private final FileChannel inUse;

    private DataFolder(Path folder, FileChannel inUse) {
        this.folder = folder;
        this.inUse = inUse;
    }

    /**
     * Locks the folder for this run. H2 would refuse a second server too, but as a failed deployment, some hundred
     * lines deep in the log.
     */
    static DataFolder open(Path folder) {
        try {
            Files.createDirectories(folder);
            var inUse = FileChannel.open(folder.resolve("in-use"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (!isLocked(inUse)) {
                inUse.close();
                throw new StartFailed("The data folder " + folder
                        + " is in use by another run. Choose another one with -Dparley.data=FOLDER");
            }
            return new DataFolder(folder, inUse);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot use the data folder " + folder, e);
        }
    }

    /** Takes the lock, and returns whether that succeeded. The lock ends with the process, even if it is killed. */
    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** The secret that signs tokens. A token printed by one run is valid in the next. */
    String tokenSecret() {
        return secret("token-secret");
    }

    /** The password of the embedded PostgreSQL. */
    String postgresqlPassword() {
        return secret("postgresql-password");
    }

    /** The password of the embedded Redis. */
    String redisPassword() {
        return secret("redis-password");
    }

    /** A random text of letters, digits, {@code -} and {@code _}, created by the first call. */
    private String secret(String name) {
        var file = folder.resolve(name);
        try {
            if (Files.notExists(file)) {
                var random = new byte[SECRET_BYTES];
                new SecureRandom().nextBytes(random);
                Files.writeString(
                        PrivateFile.create(file),
                        Base64.getUrlEncoder().withoutPadding().encodeToString(random));
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep a secret in " + file, e);
        }
    }

    @Override
    public void close() {
        try {
            inUse.close();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot leave the data folder " + folder, e);
        }
    }
}
