package dev.parley.bench.measure;

import dev.parley.bench.load.Rooms;
import dev.parley.bench.report.Figure;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * The rows of messages and of their ids (dedupe records) in the PostgreSQL of a node that has worked for long: made by
 * the database itself, and looked at while the node works. Any thread; all methods block.
 *
 * @param ids number of ids that are remembered
 * @param idAge how long one is remembered
 * @param inRoom number of messages that each room keeps
 */
public record KeptRows(DataSource database, Rooms rooms, int ids, Duration idAge, int inRoom) {
    private static final int SENDERS = 1_000_000;
    private static final int GROUP = 200;
    private static final int GROUPS = 100;
    private static final List<String> TUNED = List.of(
            "max_wal_size = '16GB'",
            "checkpoint_timeout = '15min'",
            "wal_compression = on",
            "autovacuum_vacuum_cost_limit = 2000",
            "autovacuum_naptime = '15s'");

    private static final int ROWS = 10_000;
    private static final int ROUNDS = 5;

    /** Room, sender, time and content of a chat as they are stored. */
    private static final String CHAT = """
            concat('{"type":"chat","room":"', name, '","seq":', seq, ',"id":"', md5(concat(name, seq)),
              '","username":"bench-1","content":"', repeat('x', 100), '","sentAt":"2026-11-30T12:00:00.123Z"}')
            """;

    /** Sets what {@code scaling.md} recommends for much traffic, as far as that needs no restart. */
    public void tune() {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement()) {
            for (String setting : TUNED) {
                sql.execute("alter system set " + setting);
            }
            sql.execute("select pg_reload_conf()");
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL does not take the settings.", e);
        }
    }

    /** Makes what is kept, as if it had been stored at an even rate until now. Nothing else may work meanwhile. */
    public void make() {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute("""
                    insert into parley_channel (kind, name, epoch, head)
                    select 'ROOM', concat('%s', case when %d = 1 then '' else i::text end), 'bench', %d
                    from generate_series(0, %d - 1) i
                    """.formatted(rooms.prefix(), rooms.count(), inRoom, rooms.count()));
            // In the order of their times, as they are stored.
            sql.execute("""
                    insert into parley_message (channel_id, seq, body, sent_at, bytes)
                    select id, seq, body, now(), length(body) from (
                      select c.id, seq, %s as body
                      from generate_series(1, %d) seq cross join parley_channel c where c.epoch = 'bench'
                      order by seq, c.id) m
                    """.formatted(CHAT, inRoom));
            // Without its indexes, which are made faster at the end.
            sql.execute("alter table parley_sent drop constraint parley_sent_pkey");
            sql.execute("drop index parley_sent_by_age");
            sql.execute("""
                    insert into parley_sent (sender, id, seq, sent_at, digest)
                    select concat('user:bench-', (random() * %d)::int),
                      translate(left(encode(uuid_send(gen_random_uuid()), 'base64'), 22), '+/', '-_'), i,
                      date_trunc('milliseconds', now() - interval '1 millisecond' * (%d * (1 - i / %d.0))),
                      left(md5(i::text), 22)
                    from generate_series(1, %d) i
                    """.formatted(SENDERS, idAge.toMillis(), ids, ids));
            sql.execute("alter table parley_sent add primary key (sender, id)");
            sql.execute("create index parley_sent_by_age on parley_sent (sent_at)");
            sql.execute("analyze");
            sql.execute("checkpoint");
        } catch (SQLException e) {
            throw new IllegalStateException("The rows could not be made.", e);
        }
    }

    /** What retention has left, and what it cost in space. */
    public Map<Figure, Double> state() {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        figures.put(
                Figure.OVERDUE_IDS,
                number("select count(*) from parley_sent where sent_at < now() - interval '1 millisecond' * "
                        + idAge.toMillis()));
        figures.put(
                Figure.OVERDUE_MESSAGES,
                number("select coalesce(sum(greatest(0, head - oldest + 1 - %d)), 0) from parley_channel"
                        .formatted(inRoom)));
        figures.put(Figure.DEAD_IDS, dead("parley_sent"));
        figures.put(Figure.DEAD_MESSAGES, dead("parley_message"));
        figures.put(Figure.IDS_MB, megabytes("parley_sent"));
        figures.put(Figure.MESSAGES_MB, megabytes("parley_message"));
        return figures;
    }

    private double dead(String table) {
        return number("select n_dead_tup from pg_stat_user_tables where relname = '" + table + "'");
    }

    private double megabytes(String table) {
        return number("select pg_total_relation_size('" + table + "') / 1e6");
    }

    /** Length of the write-ahead log since the database was made. */
    public double logBytes() {
        return number("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn");
    }

    private double number(String query) {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement();
                ResultSet found = sql.executeQuery(query)) {
            found.next();
            return found.getDouble(1);
        } catch (SQLException e) {
            throw new IllegalStateException("The database does not answer " + query, e);
        }
    }

    /**
     * Adds random ids alone, in groups as large as those of a busy node, right after a checkpoint: each page of the
     * index that is written for the first time then goes into the log as a whole.
     */
    public Map<Figure, Double> addRandomIds() {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute("checkpoint");
            double before = logBytes();
            long begin = System.nanoTime();
            try (PreparedStatement insert = connection.prepareStatement("""
                    insert into parley_sent (sender, id, seq, sent_at, digest)
                    select concat('user:bench-', (random() * %d)::int),
                      translate(left(encode(uuid_send(gen_random_uuid()), 'base64'), 22), '+/', '-_'), i, now(),
                      left(md5(i::text), 22)
                    from generate_series(1, %d) i
                    """.formatted(SENDERS, GROUP))) {
                for (int i = 0; i < GROUPS; i++) {
                    insert.executeUpdate();
                }
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            double added = GROUP * GROUPS;
            return Map.of(
                    Figure.ACKED_PER_S, added / seconds, Figure.LOG_BYTES_PER_MESSAGE, (logBytes() - before) / added);
        } catch (SQLException e) {
            throw new IllegalStateException("The ids could not be added.", e);
        }
    }

    /**
     * The time of a row of the growth log, in the database and in the node that reads it.
     *
     * @param channels number of channels in a row
     */
    public Map<Figure, Double> readGrowth(int channels) {
        try (Connection connection = database.getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute("""
                    insert into parley_growth (node, n, channels, heads)
                    select 'bench', i, (select array_agg(j) from generate_series(1, %d) j),
                      (select array_agg(j) from generate_series(1, %d) j)
                    from generate_series(1, %d) i
                    """.formatted(channels, channels, ROWS));
            double nanos = 0;
            for (int i = 0; i < ROUNDS; i++) {
                long begin = System.nanoTime();
                try (ResultSet rows = sql.executeQuery(
                        "select node, n, channels, heads from parley_growth where node = 'bench' order by n")) {
                    while (rows.next()) {
                        rows.getArray("heads").getArray();
                    }
                }
                nanos = System.nanoTime() - begin;
            }
            sql.execute("delete from parley_growth where node = 'bench'");
            return Map.of(Figure.NANOS_PER_OPERATION, nanos / ROWS);
        } catch (SQLException e) {
            throw new IllegalStateException("The growth log could not be read.", e);
        }
    }
}
