package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;

/** Creates files for secrets: only their owner can read them, from the moment they exist. */
public final class PrivateFile {
    private PrivateFile() {}

    /**
     * Creates an empty file with mode 600. On a file system without modes (Windows) the permissions of the folder
     * apply.
     */
    public static Path create(Path file) throws IOException {
        if (!hasModes(file)) {
            return Files.createFile(file);
        }
        return Files.createFile(
                file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Creates a file with these settings. */
    static void write(Properties settings, Path file) throws IOException {
        try (var writer = Files.newBufferedWriter(create(file))) {
            settings.store(writer, "What this server was started with");
        }
    }

    /** Creates a folder with mode 700, for a program that writes secrets into files of other modes. */
    public static Path createFolder(Path folder) throws IOException {
        if (!hasModes(folder)) {
            return Files.createDirectory(folder);
        }
        return Files.createDirectory(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static boolean hasModes(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
