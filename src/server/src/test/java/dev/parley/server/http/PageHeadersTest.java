package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares the content security policy with the pages. */
class PageHeadersTest {
    private static final Path WEBAPP =
            Path.of(System.getProperty("basedir", ".")).resolve("../../webapp");

    /**
     * Inline content: a script or style without a file, a handler or style in an attribute. Import maps are inline too.
     */
    private static final Pattern INLINE = Pattern.compile(
            "<script(?![^>]*\\ssrc=)[^>]*>|<style[\\s>]|\\son[a-z]+\\s*=|\\sstyle\\s*=|javascript:",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern INLINE_BY_SCRIPT =
            Pattern.compile("\\beval\\(|new Function\\(|\\.innerHTML|\\.outerHTML|insertAdjacentHTML|document\\.write"
                    + "|setAttribute\\(\\s*['\"](style|on[a-z]+)");

    private static final Pattern FOREIGN =
            Pattern.compile("(?:src|href|action|data|poster)=\"(?:https?:)?//|@import|url\\(\\s*['\"]?(?:https?:)?//"
                    + "|(?:from|import)\\s*\\(?\\s*['\"](?:https?:)?//");

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(WEBAPP)) {
            return files.filter(file -> file.toString().matches(".*\\.(html|js|css|svg)"))
                    .toList();
        }
    }

    @Test
    void policyAllowsNoInlineContentAndNoOtherHost() {
        assertThat(PageHeadersFilter.CONTENT_SECURITY_POLICY)
                .startsWith("default-src 'none'")
                .contains("connect-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "*", "http", "data:", "blob:");
    }

    @ParameterizedTest
    @MethodSource("files")
    void noPageNeedsMoreThanThePolicyAllows(Path file) throws IOException {
        String text = Files.readString(file);

        if (file.toString().endsWith(".html")) {
            assertThat(text).doesNotContainPattern(INLINE);
        }
        assertThat(text).doesNotContainPattern(INLINE_BY_SCRIPT).doesNotContainPattern(FOREIGN);
    }
}
