package dev.parley.acceptance.support;

import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.core.spi.LoadableExtension;

/**
 * Registers {@link LaunchedContainer}, unless a server's own adapter is chosen. Arquillian takes one container only.
 */
public final class LaunchedContainerExtension implements LoadableExtension {
    @Override
    public void register(ExtensionBuilder builder) {
        if (System.getProperty("arquillian.launch").equals("launched")) {
            builder.service(DeployableContainer.class, LaunchedContainer.class);
        }
    }
}
