package dev.parley.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Base64;

/** The folder that a run keeps for the next one: messages, and the secret that its tokens are signed with. */
final class DataFolder implements AutoCloseable {
    /** As many as the HMAC of HS256 takes in: 256 bits. */
    private static final int SECRET_BYTES = 32;

    private final Path folder;
    private final FileChannel inUse;

    private DataFolder(Path folder, FileChannel inUse) {
        this.folder = folder;
        this.inUse = inUse;
    }

    /**
     * Takes the folder for this run. H2 would refuse a second server too, but as a deployment that failed, some hundred
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

    /** Whether the lock is ours now; it goes with the process, however that ends. */
    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** The secret of this folder, made at the first call: a token printed by one run is valid in the next. */
    String tokenSecret() {
        var file = folder.resolve("token-secret");
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
            throw new UncheckedIOException("Cannot keep the token secret in " + file, e);
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
