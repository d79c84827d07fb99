package dev.parley.server;

import dev.parley.server.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;

/** What the hub takes from outside itself. A bean of its own, so that a test's WAR can put another in its place. */
@ApplicationScoped
public class HostEnvironment {
    /** The wall clock: for timestamps, expiry of credentials and retention; deadlines go by the monotonic clock. */
    public InstantSource clock() {
        return InstantSource.system();
    }

    /** Where channels live. */
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
