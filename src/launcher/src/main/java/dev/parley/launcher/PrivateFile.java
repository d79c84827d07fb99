package dev.parley.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that hold a secret: nobody but their owner may read them, from the moment they exist. */
final class PrivateFile {
    private PrivateFile() {}

    /** Makes an empty file with mode 600; on a file system without modes (Windows) the folder's own rights apply. */
    static Path create(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return Files.createFile(file);
        }
        return Files.createFile(
                file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
