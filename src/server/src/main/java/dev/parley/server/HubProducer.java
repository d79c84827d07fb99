package dev.parley.server;

import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** The boundary to CDI: creates the hub from the resources of the server. {@link HubExtension} provides its parts. */
@ApplicationScoped
public class HubProducer {
    private static final Logger LOG = System.getLogger(HubProducer.class.getName());

    @Inject
    private HostEnvironment environment;

    @Resource
    private ManagedThreadFactory threads;

    private Optional<Hub> hub = Optional.empty();

    Hub start() {
        SettingSource source = SettingSource.ofProcess();
        source.unknownNames().forEach(name -> LOG.log(Level.WARNING, "There is no setting {0}; it is ignored.", name));
        Settings settings = Settings.read(source);
        Hub started = new Hub(settings, environment.dataSource(settings), environment.clock(), threads);
        try {
            started.start();
        } catch (RuntimeException | Error e) {
            // Nothing else would end its threads.
            started.close();
            throw e;
        }
        hub = Optional.of(started);
        return started;
    }

    /** Sends all clients away; does nothing once the hub has stopped. Blocks as {@link Hub#close} does. */
    void drain() {
        hub.ifPresent(running -> running.shutdown().drain());
    }

    void stop() {
        hub.ifPresent(Hub::close);
        hub = Optional.empty();
    }

    /** @throws IllegalStateException while the hub is not running */
    Hub.Parts parts() {
        return hub.orElseThrow(() -> new IllegalStateException("The hub is not running."))
                .parts();
    }
}
