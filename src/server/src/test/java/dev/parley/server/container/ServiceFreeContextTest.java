package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.json.spi.JsonProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ServiceFreeContextTest {
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @Test
    void callFindsClassesButNoServices() {
        assertThat(ServiceLoader.load(JsonProvider.class)).as("outside").isNotEmpty();
        List<Object> found = new ArrayList<>();
        ServiceFreeContext.run(() -> {
            ServiceLoader.load(JsonProvider.class).forEach(found::add);
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            assertThat(context).isNotSameAs(before);
            try {
                assertThat(context.loadClass(ServiceFreeContext.class.getName()))
                        .isSameAs(ServiceFreeContext.class);
            } catch (ClassNotFoundException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(found).isEmpty();
        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    }

    @Test
    void contextIsRestoredAfterAFailure() {
        assertThatThrownBy(() -> ServiceFreeContext.run(() -> {
                    throw new IllegalStateException("expected by this test");
                }))
                .hasMessage("expected by this test");
        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    }
}
