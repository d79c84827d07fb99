package dev.parley.acceptance.mutants;

import dev.parley.server.HostEnvironment;
import dev.parley.server.config.Settings;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** A mutant without dedupe: it stores message ids in one table and looks them up in another, empty one. */
@Alternative
@Priority(1)
@ApplicationScoped
public class NoDedupe extends HostEnvironment {
    private static final Pattern INSERT = Pattern.compile("(?i)\\binsert into parley_sent\\b");
    private static final Pattern TABLE = Pattern.compile("(?i)\\bparley_sent\\b");

    private boolean isPrepared;

    @Override
    public DataSource dataSource(Settings settings) {
        DataSource real = super.dataSource(settings);
        return Jdbc.rewriting(real, sql -> {
            // The migration creates the table; only its users are rewritten.
            if (!TABLE.matcher(sql).find() || sql.toLowerCase().contains("create table")) {
                return sql;
            }
            prepare(real);
            return TABLE.matcher(INSERT.matcher(sql).replaceAll("insert into forgotten"))
                    .replaceAll("empty");
        });
    }

    private synchronized void prepare(DataSource real) {
        if (isPrepared) {
            return;
        }
        try (Connection connection = real.getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : new String[] {"forgotten", "empty"}) {
                statement.execute("create table if not exists " + table + " as select * from parley_sent where 1 = 0");
            }
            isPrepared = true;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
