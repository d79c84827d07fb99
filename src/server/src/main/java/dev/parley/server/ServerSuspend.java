package dev.parley.server;

import dev.parley.server.session.drain.GracefulShutdown;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import javax.management.AttributeChangeNotification;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.NotificationListener;
import javax.management.ObjectName;

/**
 * Watches for a server that suspends before it stops, as WildFly does on SIGTERM and {@code :suspend}: it closes every
 * WebSocket then, long before the application is told to stop. Uses JMX names, so that no class of WildFly is needed;
 * on other servers there is nothing to watch. The notification arrives on the suspending thread, which waits for the
 * listener.
 */
final class ServerSuspend {
    private static final String SERVER_STATE = "jboss.root:type=state";
    private static final String ATTRIBUTE = "RunningState";
    private static final Logger LOG = System.getLogger(ServerSuspend.class.getName());

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private Optional<NotificationListener> listener = Optional.empty();

    void watch(GracefulShutdown shutdown) {
        NotificationListener fresh = (notification, handback) -> {
            if (notification instanceof AttributeChangeNotification change
                    && change.getAttributeName().equals(ATTRIBUTE)) {
                changed(shutdown, String.valueOf(change.getNewValue()));
            }
        };
        try {
            ObjectName state = new ObjectName(SERVER_STATE);
            if (server.isRegistered(state)) {
                server.addNotificationListener(state, fresh, null, null);
                listener = Optional.of(fresh);
            }
        } catch (JMException e) {
            LOG.log(Level.DEBUG, "This server does not report when it suspends.", e);
        }
    }

    private static void changed(GracefulShutdown shutdown, String state) {
        switch (state) {
            case "suspending", "stopping" -> {
                shutdown.drain();
                // Before the end of the services with which the container hears the answers.
                shutdown.awaitEchoes();
            }
            case "normal" -> shutdown.resume();
            default -> {}
        }
    }

    void forget() {
        listener.ifPresent(watching -> {
            try {
                server.removeNotificationListener(new ObjectName(SERVER_STATE), watching);
            } catch (JMException e) {
                LOG.log(Level.DEBUG, "The listener was removed already.", e);
            }
        });
        listener = Optional.empty();
    }
}
