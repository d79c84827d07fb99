package dev.parley.server.store.jdbc;

import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.FileAdmission;
import dev.parley.server.store.model.FileQuotas;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of the space that files take, with one row for each owner. A transaction changes these rows last, and in the
 * order of their keys, so that no two transactions deadlock. Every method works inside the caller's transaction and
 * blocks.
 */
final class FileUsage {
    /** A file, as far as its owners matter. */
    record File(String id, UserKey uploader, Optional<String> guestAddress, long bytes) {}

    /**
     * One whose files are counted together.
     *
     * @param quota the limit of its files; 0 for no limit
     */
    private record Owner(String key, ToLongFunction<FileQuotas> quota, FileAdmission whenFull) {}

    /** In the order of their keys. */
    private static List<Owner> owners(File file) {
        return Stream.concat(
                        Stream.of(
                                new Owner("all", FileQuotas::total, FileAdmission.STORE_FULL),
                                new Owner("key:" + file.uploader().value(), FileQuotas::user, FileAdmission.USER_FULL)),
                        file.guestAddress().stream()
                                .map(address -> new Owner(
                                        "address:" + address, FileQuotas::guests, FileAdmission.ADDRESS_FULL)))
                .sorted(Comparator.comparing(Owner::key))
                .toList();
    }

    /**
     * Counts a new file for its owners.
     *
     * @return {@link FileAdmission#TAKEN}, or whose quota it would exceed; then nothing is counted
     */
    FileAdmission charge(Handle sql, File file, FileQuotas quotas) {
        List<String> charged = new ArrayList<>();
        for (Owner owner : owners(file)) {
            long quota = owner.quota().applyAsLong(quotas);
            if (!charge(sql, owner.key(), file.bytes(), quota == 0 ? Long.MAX_VALUE : quota)) {
                charged.forEach(key -> release(sql, key, file.bytes()));
                return owner.whenFull();
            }
            charged.add(owner.key());
        }
        return FileAdmission.TAKEN;
    }

    /** Fails with a collision if another transaction counts the first file of the same owner. */
    private static boolean charge(Handle sql, String owner, long bytes, long max) {
        int charged = sql.createUpdate("""
                        update parley_file_usage set bytes = bytes + :bytes
                        where owner = :owner and bytes <= :most
                        """)
                .bind("bytes", bytes)
                .bind("most", max - bytes)
                .bind("owner", owner)
                .execute();
        if (charged == 1) {
            return true;
        }
        boolean isFull = sql.createQuery("select bytes from parley_file_usage where owner = :owner")
                .bind("owner", owner)
                .mapTo(Long.class)
                .findOne()
                .isPresent();
        if (isFull || bytes > max) {
            return false;
        }
        sql.createUpdate("insert into parley_file_usage (owner, bytes) values (:owner, :bytes)")
                .bind("owner", owner)
                .bind("bytes", bytes)
                .execute();
        return true;
    }

    /** Counts deleted files no longer. */
    void release(Handle sql, Collection<File> deleted) {
        Map<String, Long> freed = new TreeMap<>();
        for (File file : deleted) {
            owners(file).forEach(owner -> freed.merge(owner.key(), file.bytes(), Long::sum));
        }
        freed.forEach((owner, bytes) -> release(sql, owner, bytes));
    }

    private static void release(Handle sql, String owner, long bytes) {
        sql.createUpdate("update parley_file_usage set bytes = bytes - :bytes where owner = :owner")
                .bind("bytes", bytes)
                .bind("owner", owner)
                .execute();
        // Guests are without number.
        sql.createUpdate("delete from parley_file_usage where owner = :owner and bytes <= 0")
                .bind("owner", owner)
                .execute();
    }
}
