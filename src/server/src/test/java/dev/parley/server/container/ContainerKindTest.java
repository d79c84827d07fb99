package dev.parley.server.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.glassfish.tyrus.core.TyrusFuture;
import org.junit.jupiter.api.Test;

class ContainerKindTest {
    @Test
    void objectOfTyrusIsRecognisedByItsPackage() {
        assertThat(ContainerKind.of(new TyrusFuture<>())).isEqualTo(ContainerKind.TYRUS);
    }

    @Test
    void objectOfNoKnownContainerIsOfAnother() {
        assertThat(ContainerKind.of("not of a container")).isEqualTo(ContainerKind.OTHER);
    }
}
