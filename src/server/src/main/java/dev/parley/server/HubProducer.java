package dev.parley.server;

import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Tickets;
import dev.parley.server.config.SettingSource;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.Announcements;
import dev.parley.server.dispatch.PrivateRooms;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.endpoint.Connections;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.handshake.Handshake;
import dev.parley.server.handshake.Revocations;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.session.NodeHealth;
import dev.parley.server.session.Sessions;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.MessageStore;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/** The edge to CDI: makes the hub of what the server offers, and hands its parts to servlets and endpoints. */
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
        } catch (RuntimeException e) {
            // Nobody else would end its threads.
            started.close();
            throw e;
        }
        hub = Optional.of(started);
        return started;
    }

    void stop() {
        hub.ifPresent(Hub::close);
        hub = Optional.empty();
    }

    private Hub running() {
        return hub.orElseThrow(() -> new IllegalStateException("The hub is not running."));
    }

    @Produces
    AllowedOrigins origins() {
        return running().origins();
    }

    @Produces
    TrustedProxies proxies() {
        return running().proxies();
    }

    @Produces
    Tickets tickets() {
        return running().tickets();
    }

    @Produces
    Credentials credentials() {
        return running().credentials();
    }

    @Produces
    Handshake handshake() {
        return running().handshake();
    }

    @Produces
    Connections connections() {
        return running().connections();
    }

    @Produces
    FanOut fanOut() {
        return running().fanOut();
    }

    @Produces
    Sessions sessions() {
        return running().sessions();
    }

    @Produces
    RateLimiter rates() {
        return running().rates();
    }

    @Produces
    Revocations revocations() {
        return running().revocations();
    }

    @Produces
    PrivateRooms privateRooms() {
        return running().privateRooms();
    }

    @Produces
    Announcements announcements() {
        return running().announcements();
    }

    @Produces
    MessageStore store() {
        return running().store();
    }

    @Produces
    AttachmentStore attachments() {
        return running().attachments();
    }

    @Produces
    Settings settings() {
        return running().settings();
    }

    @Produces
    NodeHealth health() {
        return running().health();
    }
}
