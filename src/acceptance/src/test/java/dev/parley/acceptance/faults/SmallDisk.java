package dev.parley.acceptance.faults;

import dev.parley.acceptance.support.ServerFolders;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * A file system of a few MiB that a test can fill without affecting anything else. Needs the permission to mount one.
 */
final class SmallDisk implements AutoCloseable {
    private static final int BLOCK = 64 * 1024;

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** Mounts the file system; skips the test if this user may not mount anything. */
    static SmallDisk mounted(int mebibytes) throws IOException, InterruptedException {
        Path folder = ServerFolders.create("disk");
        Process mount = new ProcessBuilder(
                        "mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "parley-test", folder.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        Assumptions.assumeTrue(
                mount.waitFor() == 0,
                () -> "Skipped: a full disk needs the right to mount a small one (" + said + ").");
        return new SmallDisk(folder);
    }

    Path folder() {
        return folder;
    }

    /** Fills all blocks with one file. Deleting the returned file frees them. */
    Path fill() throws IOException {
        Path ballast = folder.resolve("ballast");
        try (OutputStream out = Files.newOutputStream(ballast)) {
            byte[] zeros = new byte[BLOCK];
            while (folder.toFile().getUsableSpace() > 0) {
                out.write(zeros, 0, (int) Math.min(BLOCK, folder.toFile().getUsableSpace()));
            }
        } catch (IOException e) {
            // The database may allocate the last block first; then the disk is full as well.
            if (folder.toFile().getUsableSpace() > 0) {
                throw e;
            }
        }
        return ballast;
    }

    @Override
    public void close() throws IOException {
        // Lazy unmount: a process that has just ended may still have an open file.
        new ProcessBuilder("umount", "-l", folder.toString()).start().onExit().join();
        Files.deleteIfExists(folder);
    }
}
