package dev.parley.acceptance.arquillian;

import java.net.URI;
import java.net.URL;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test that runs outside the server. Each class deploys the WAR with its own settings. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
public abstract class ArquillianTest {
    @ArquillianResource
    private URL url;

    /** The URL of the application. */
    public URI http() {
        return URI.create("http://" + url.getHost() + ":" + url.getPort() + "/");
    }

    public URI ws(String path) {
        return URI.create("ws://" + url.getHost() + ":" + url.getPort() + path);
    }
}
