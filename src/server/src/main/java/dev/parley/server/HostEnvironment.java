package dev.parley.server;

import dev.parley.server.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;

/**
 * The dependencies of the hub on its host: clock and DataSource. A bean of its own, so that the WAR of a test can
 * replace it.
 */
@ApplicationScoped
public class HostEnvironment {
    /** The wall clock: for timestamps, expiry of credentials and retention; deadlines go by the monotonic clock. */
    public InstantSource clock() {
        return InstantSource.system();
    }

    /** The DataSource of the store. */
    public DataSource dataSource(Settings settings) {
        String jndiName = settings.datasource();
        try {
            return InitialContext.doLookup(jndiName);
        } catch (NamingException e) {
            throw new IllegalStateException(
                    "Parley cannot start. The server has no DataSource '" + jndiName
                            + "'; define it there or name another one with parley.datasource.",
                    e);
        }
    }
}
