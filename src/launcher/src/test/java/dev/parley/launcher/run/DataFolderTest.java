package dev.parley.launcher.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.launcher.StartFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataFolderTest {
    @TempDir
    private Path folder;

    @Test
    void secretHas256BitsAndOutlivesTheRun() {
        String first;
        try (var data = DataFolder.open(folder)) {
            first = data.tokenSecret();
        }
        try (var data = DataFolder.open(folder)) {
            assertThat(data.tokenSecret()).isEqualTo(first);
        }
        assertThat(Base64.getUrlDecoder().decode(first)).hasSize(256 / Byte.SIZE);
    }

    @Test
    void passwordOfPostgresqlIsAnotherSecretThatOutlivesTheRun() {
        String first;
        try (var data = DataFolder.open(folder)) {
            first = data.postgresqlPassword();
            assertThat(first).hasSize(43).isNotEqualTo(data.tokenSecret());
        }
        try (var data = DataFolder.open(folder)) {
            assertThat(data.postgresqlPassword()).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"token-secret", "postgresql-password"})
    void secretIsReadableByItsOwnerOnly(String file) throws IOException {
        try (var data = DataFolder.open(folder)) {
            data.tokenSecret();
            data.postgresqlPassword();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))))
                .isEqualTo("rw-------");
    }

    @Test
    void folderIsLockedForOneRun() {
        try (var taken = DataFolder.open(folder)) {
            assertThat(taken).isNotNull();
            assertThatThrownBy(() -> DataFolder.open(folder))
                    .isInstanceOf(StartFailed.class)
                    .hasMessageContaining("-Dparley.data=");
        }
    }
}
