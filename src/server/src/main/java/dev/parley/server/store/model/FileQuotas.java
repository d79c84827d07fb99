package dev.parley.server.store.model;

/**
 * Limits on the files that are kept, in bytes; 0 means no limit.
 *
 * @param user files of one user or guest
 * @param guests files of all guests of one address
 * @param total all files
 * @param free space that must be free on the disk of an embedded database before a file is taken
 */
public record FileQuotas(long user, long guests, long total, long free) {
    public static final FileQuotas NONE = new FileQuotas(0, 0, 0, 0);
}
