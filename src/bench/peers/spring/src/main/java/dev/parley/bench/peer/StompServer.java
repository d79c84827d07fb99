package dev.parley.bench.peer;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketTransportRegistration;

/**
 * STOMP over WebSocket with Spring's simple broker, as its reference documentation sets it up. A client sends straight to
 * {@code /topic/ROOM}; no controller of an application is called.
 *
 * <p>Thread pools have the size that Spring chooses: two threads for each core and direction. Compression is not
 * negotiated, because no client offers it.
 */
@SpringBootApplication
@EnableWebSocketMessageBroker
public class StompServer implements WebSocketMessageBrokerConfigurer {
    public static void main(String[] arguments) {
        SpringApplication server = new SpringApplication(StompServer.class);
        server.setDefaultProperties(Map.of(
                "server.address", "127.0.0.1",
                "server.port", "0",
                "server.tomcat.accept-count", "1024",
                "server.tomcat.max-connections", "20000"));
        server.run(arguments);
    }

    @EventListener
    public void started(WebServerInitializedEvent event) {
        System.out.println("listening on " + event.getWebServer().getPort());
    }

    @Override
    public void registerStompEndpoints(StompEndpointRegistry registry) {
        registry.addEndpoint("/stomp");
    }

    @Override
    public void configureMessageBroker(MessageBrokerRegistry registry) {
        registry.enableSimpleBroker("/topic");
        // Without it the threads of a pool send the messages of one room in any order; the others keep it.
        registry.setPreservePublishOrder(true);
    }

    /** As much may wait for one client as for one of Parley's, and for as long. */
    @Override
    public void configureWebSocketTransport(WebSocketTransportRegistration registration) {
        registration.setSendBufferSizeLimit(4 * 1024 * 1024);
        registration.setSendTimeLimit(10_000);
    }
}
