package dev.parley.bench.system;

import dev.parley.launcher.ApplicationServer;
import java.nio.file.Path;

/**
 * Where the bench finds what it starts, and where it may write.
 *
 * @param server the application server for Parley
 * @param war Parley
 * @param peers folder with the sources of the servers that Parley is measured beside
 * @param folder for everything that is written
 * @param maven the Maven that started this, to build a peer with
 * @param isOffline whether nothing may be downloaded
 * @param database {@code h2} or {@code postgresql}, for Parley
 */
public record Workplace(
        ApplicationServer server, Path war, Path peers, Path folder, Path maven, boolean isOffline, String database) {
    public Workplace on(String otherDatabase) {
        return new Workplace(server, war, peers, folder, maven, isOffline, otherDatabase);
    }
}
