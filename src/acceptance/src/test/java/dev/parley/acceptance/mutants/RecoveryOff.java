package dev.parley.acceptance.mutants;

import dev.parley.server.HostEnvironment;
import dev.parley.server.config.Settings;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** A mutant without recovery: a reconnecting reader gets a pong in place of each missed message except the newest. */
@Alternative
@Priority(1)
@ApplicationScoped
public class RecoveryOff extends HostEnvironment {
    private static final Pattern PAGE = Pattern.compile("(?i)^select seq, body, bytes from parley_message\\b");
    private static final String PONGS = "select seq, case when seq < (select c.head from parley_channel c"
            + " where c.id = channel_id) then '{\"type\":\"pong\"}' else body end as body, bytes from parley_message";

    @Override
    public DataSource dataSource(Settings settings) {
        return Jdbc.rewriting(
                super.dataSource(settings), sql -> PAGE.matcher(sql).replaceFirst(Matcher.quoteReplacement(PONGS)));
    }
}
