package dev.parley.server.store.jdbc;

import dev.parley.server.store.model.StoreUnavailable;
import java.io.File;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;

/** The disk that holds an embedded database, H2 in a file of this process. */
public final class EmbeddedDisk {
    private static final String HOME = "~";

    private EmbeddedDisk() {}

    /** Bytes that are free for the database's file; empty for a database elsewhere. Blocks. */
    public static OptionalLong freeBytes(Handle sql) {
        try {
            return DatabaseRequirements.h2File(sql.getConnection().getMetaData().getURL())
                    .map(EmbeddedDisk::folder)
                    .map(folder -> OptionalLong.of(folder.getUsableSpace()))
                    .orElse(OptionalLong.empty());
        } catch (SQLException e) {
            throw new StoreUnavailable("The database does not say where it is.", e);
        }
    }

    /** H2 puts the home folder in the place of {@code ~}. */
    private static File folder(String file) {
        String path = file.startsWith(HOME) ? System.getProperty("user.home") + file.substring(HOME.length()) : file;
        return Path.of(path).toAbsolutePath().getParent().toFile();
    }
}
