package dev.parley.acceptance.support;

import dev.parley.launcher.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The folders of the servers that a test class starts. A folder has up to 160 MB, and a run of all servers made 13 GB
 * of them; so each is deleted after its class, unless a test of the class failed.
 */
public final class ServerFolders implements AfterEachCallback, AfterAllCallback {
    private static final Queue<Path> FOLDERS = new ConcurrentLinkedQueue<>();
    /** Owned by the thread of JUnit. One class runs at a time in a JVM. */
    private static boolean hasFailed;

    /** A new folder. */
    public static Path create(String name) {
        try {
            Path folder = Files.createTempDirectory(
                    Files.createDirectories(ParleyDeployment.Built.FOLDER.resolve("servers")), name);
            FOLDERS.add(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        hasFailed |= test.getExecutionException().isPresent();
    }

    /** JUnit calls this after the methods of the class, which stop its servers. */
    @Override
    public void afterAll(ExtensionContext testClass) throws IOException {
        if (testClass.getEnclosingTestClasses().isEmpty()) {
            boolean keeps = hasFailed || testClass.getExecutionException().isPresent();
            hasFailed = false;
            for (Path folder = FOLDERS.poll(); folder != null; folder = FOLDERS.poll()) {
                if (!keeps) {
                    FileTree.delete(folder);
                }
            }
        }
    }
}
