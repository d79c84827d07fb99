package dev.parley.acceptance.support;

import java.net.URI;
import java.net.URL;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test outside the server: each class deploys the WAR with settings of its own. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
public abstract class ArquillianTest {
    @ArquillianResource
    private URL url;

    /** Where the application answers over HTTP. */
    public URI http() {
        return URI.create("http://" + url.getHost() + ":" + url.getPort() + "/");
    }

    public URI ws(String path) {
        return URI.create("ws://" + url.getHost() + ":" + url.getPort() + path);
    }
}
