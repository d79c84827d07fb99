package dev.parley.server;

import dev.parley.server.config.Settings;
import dev.parley.server.endpoint.EndpointRegistration;
import dev.parley.server.endpoint.TyrusBuffer;
import jakarta.inject.Inject;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServlet;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Starts and stops the hub with the application. An exception at the start makes the server refuse the deployment. */
public class HubLifecycle implements ServletContextListener {
    private static final Logger LOG = System.getLogger(HubLifecycle.class.getName());

    @Inject
    private HubProducer producer;

    private final ServerSuspend suspend = new ServerSuspend();

    @Override
    public void contextInitialized(ServletContextEvent event) {
        Hub hub = producer.start();
        try {
            warn(hub, event.getServletContext());
            suspend.watch(hub.shutdown());
        } catch (RuntimeException | Error e) {
            // Undertow does not call contextDestroyed after a failed start.
            producer.stop();
            throw e;
        }
    }

    private static void warn(Hub hub, ServletContext context) {
        Settings settings = hub.parts().settings();
        Stream.of(
                        TyrusBuffer.problem(context, settings.frameMax()),
                        EndpointRegistration.problem(settings.credentialRequired()))
                .flatMap(Optional::stream)
                .forEach(problem -> LOG.log(Level.WARNING, problem));
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        suspend.forget();
        producer.stop();
    }

    /**
     * Has no address: it sends the sessions and the requests that wait away while the application can still answer.
     * GlassFish and Open Liberty destroy the servlets, in the order of web.xml, before they notify the listeners, and
     * without its own servlet JAX-RS answers nothing.
     */
    public static class Goodbye extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Inject
        private transient HubProducer producer;

        @Override
        public void destroy() {
            producer.drain();
        }
    }

    /**
     * Registers the listener after those of web.xml and of the container, so that it is notified first at the end
     * (Servlet 6.0, section 11.3.2: reverse order). Otherwise Undertow's own listener would close all WebSockets before
     * the goodbyes are sent.
     */
    public static class Registration implements ServletContainerInitializer {
        @Override
        public void onStartup(Set<Class<?>> classes, ServletContext context) {
            context.addListener(HubLifecycle.class);
        }
    }
}
