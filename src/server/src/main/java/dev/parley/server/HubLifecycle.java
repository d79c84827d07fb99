package dev.parley.server;

import jakarta.inject.Inject;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Set;

/** The hub lives as long as the application: an exception while it starts is the server's reason not to deploy it. */
public class HubLifecycle implements ServletContextListener {
    @Inject
    private HubProducer producer;

    private final ServerSuspend suspend = new ServerSuspend();

    @Override
    public void contextInitialized(ServletContextEvent event) {
        Hub hub = producer.start();
        suspend.watch(hub.shutdown());
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        suspend.forget();
        producer.stop();
    }

    /**
     * Registers the listener after all that web.xml and the container bring, so that it is the first to hear of the end
     * (Servlet 6.0, section 11.3.2: reverse order): Undertow's own one closes all WebSockets before we could say
     * goodbye.
     */
    public static class Registration implements ServletContainerInitializer {
        @Override
        public void onStartup(Set<Class<?>> classes, ServletContext context) {
            context.addListener(HubLifecycle.class);
        }
    }
}
