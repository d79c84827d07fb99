package dev.parley.server.store.jdbc;

import dev.parley.protocol.Field;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Migration 9: replaces names in keys by their folded form. Written in Java, because no database folds as
 * {@link Field#folded} does: SQL's {@code lower} keeps 'straße' and 'strasse' apart.
 */
final class FoldedKeys implements JavaMigration {
    private static final String INBOX = "inbox:";

    /**
     * A column of keys.
     *
     * @param sameRow condition under which two rows of one key collide
     * @param keeps statement that saves the data of a colliding row before that row is deleted
     */
    private record Column(String table, String name, String sameRow, Optional<String> keeps) {
        void move(Handle sql, String old) {
            keeps.ifPresent(statement -> run(sql, statement, old));
            run(
                    sql,
                    "delete from " + table + " where " + name + " = :old and exists (select 1 from " + table
                            + " o where o." + name + " = :new and " + sameRow + ")",
                    old);
            run(sql, "update " + table + " set " + name + " = :new where " + name + " = :old", old);
        }

        private static void run(Handle sql, String statement, String old) {
            sql.createUpdate(statement)
                    .bind("old", old)
                    .bind("new", folded(old))
                    .execute();
        }
    }

    private static final List<Column> COLUMNS = List.of(
            new Column("parley_sent", "sender", "o.id = parley_sent.id", Optional.empty()),
            new Column("parley_read_mark", "reader", "o.channel_id = parley_read_mark.channel_id", Optional.empty()),
            new Column("parley_attachment", "uploader", "o.id = parley_attachment.id", Optional.empty()),
            new Column(
                    "parley_member",
                    "member",
                    "o.channel_id = parley_member.channel_id",
                    Optional.of("update parley_member set is_owner = true where member = :new and exists"
                            + " (select 1 from parley_member o where o.channel_id = parley_member.channel_id"
                            + " and o.member = :old and o.is_owner)")),
            new Column(
                    "parley_revocation",
                    "identity",
                    "o.identity <> parley_revocation.identity",
                    Optional.of("update parley_revocation set revoked_at ="
                            + " (select o.revoked_at from parley_revocation o where o.identity = :old)"
                            + " where identity = :new and revoked_at <"
                            + " (select o.revoked_at from parley_revocation o where o.identity = :old)")));

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("9");
    }

    @Override
    public String getDescription() {
        return "folded keys";
    }

    @Override
    public Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) {
        // Flyway owns the connection and closes it.
        Jdbi.create(context.getConnection()).useHandle(FoldedKeys::fold);
    }

    static void fold(Handle sql) {
        Set<String> spellings = foldTokenUsers(sql);
        foldInboxes(sql, spellings);
        for (Column column : COLUMNS) {
            keys(sql, column).forEach(old -> column.move(sql, old));
        }
    }

    /**
     * Folds the names of token users. Of names that are equal once folded, the first is kept. Returns the kept names.
     */
    private static Set<String> foldTokenUsers(Handle sql) {
        Map<String, List<String>> byFolded =
                sql.createQuery("select name from parley_token_user order by name").mapTo(String.class).stream()
                        .collect(Collectors.groupingBy(Field::folded));
        byFolded.values().stream().flatMap(names -> names.stream().skip(1)).forEach(name -> sql.createUpdate(
                        "delete from parley_token_user where name = :name")
                .bind("name", name)
                .execute());
        // Two steps: a folded name may still collide with the old value of another row.
        sql.execute("update parley_token_user set folded = null");
        byFolded.forEach(
                (folded, names) -> sql.createUpdate("update parley_token_user set folded = :folded where name = :name")
                        .bind("folded", folded)
                        .bind("name", names.get(0))
                        .execute());
        return byFolded.values().stream().map(names -> names.get(0)).collect(Collectors.toSet());
    }

    /**
     * Folds the names of inboxes. Of several inboxes of one user, that of its canonical spelling is kept; the messages
     * of the others expire.
     */
    private static void foldInboxes(Handle sql, Set<String> spellings) {
        Map<String, List<String>> byFolded = sql
                .createQuery("select name from parley_channel where name like 'inbox:%' order by name")
                .mapTo(String.class)
                .stream()
                .collect(Collectors.groupingBy(
                        name -> INBOX + folded(name.substring(INBOX.length())), TreeMap::new, Collectors.toList()));
        byFolded.forEach((folded, names) -> {
            String kept = names.stream()
                    .filter(name -> spellings.contains(nameOf(name.substring(INBOX.length()))))
                    .findFirst()
                    .orElse(names.contains(folded) ? folded : names.get(0));
            names.stream().filter(name -> !name.equals(kept)).forEach(name -> sql.createUpdate(
                            "update parley_channel set name = 'inbox:former:' || id where name = :name")
                    .bind("name", name)
                    .execute());
            sql.createUpdate("update parley_channel set name = :new where name = :old")
                    .bind("new", folded)
                    .bind("old", kept)
                    .execute();
        });
    }

    /** The keys of a column that are not folded. */
    private static Set<String> keys(Handle sql, Column column) {
        Set<String> keys = new HashSet<>(sql.createQuery("select distinct " + column.name() + " from " + column.table())
                .mapTo(String.class)
                .list());
        keys.removeIf(key -> key.equals(folded(key)));
        return keys;
    }

    private static String nameOf(String key) {
        return key.substring(key.indexOf(':') + 1);
    }

    /** The key with its name folded; unchanged if the folded name is too long to be valid and does not fit. */
    private static String folded(String key) {
        String name = Field.folded(nameOf(key));
        return name.length() > Field.USERNAME_MAX ? key : key.substring(0, key.indexOf(':') + 1) + name;
    }
}
