package dev.parley.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    void secretIsReadableByItsOwnerOnly() throws IOException {
        try (var data = DataFolder.open(folder)) {
            data.tokenSecret();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("token-secret"))))
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
