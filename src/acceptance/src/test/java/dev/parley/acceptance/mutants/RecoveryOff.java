package dev.parley.acceptance.mutants;

import dev.parley.server.Surroundings;
import dev.parley.server.config.Settings;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** A hub that gives whoever comes back only the newest of what it missed: pages come with their end first. */
@Alternative
@Priority(1)
@ApplicationScoped
public class RecoveryOff extends Surroundings {
    private static final Pattern PAGE = Pattern.compile("(?is)^select .*\\bparley_message\\b.*\\bseq\\s*>.*");
    private static final Pattern ORDER = Pattern.compile("(?i)\\border by ((?:\\w+\\.)?seq)\\b(?! desc)");

    @Override
    public DataSource dataSource(Settings settings) {
        return Jdbc.rewriting(
                super.dataSource(settings),
                sql -> PAGE.matcher(sql).matches() ? ORDER.matcher(sql).replaceAll("order by $1 desc") : sql);
    }
}
