package dev.parley.server;

import jakarta.inject.Inject;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.annotation.WebListener;

/** The hub lives as long as the application: an exception while it starts is the server's reason not to deploy it. */
@WebListener
public class HubLifecycle implements ServletContextListener {
    @Inject
    private HubProducer producer;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        producer.start();
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        producer.stop();
    }
}
