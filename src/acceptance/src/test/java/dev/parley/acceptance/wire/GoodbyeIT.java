package dev.parley.acceptance.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.arquillian.SharedServer;
import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.WireClient;
import java.net.URI;
import java.util.Map;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The application is undeployed while the server keeps running. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class GoodbyeIT {
    private static final String NAME = "goodbye";

    @ArquillianResource
    private Deployer deployer;

    @Deployment(name = NAME, managed = false, testable = false)
    static WebArchive deployment() {
        return ParleyDeployment.with(Map.of("parley.guests", "true"));
    }

    @Test
    void everySessionGetsAGoodbyeBeforeTheClose() {
        deployer.deploy(NAME);
        URI chat = OwnServer.ws(SharedServer.http(), "/chat");
        try (WireClient one = WireClient.guest(chat, "one");
                WireClient two = WireClient.guest(chat, "two")) {
            deployer.undeploy(NAME);
            Stream.of(one, two).forEach(client -> {
                assertThat(client.next("goodbye").getInt("reconnectAfter")).isBetween(0, 5_000);
                assertThat(client.closeCode()).isEqualTo(1012);
            });
        }
    }
}
