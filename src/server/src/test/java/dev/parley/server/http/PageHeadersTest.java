package dev.parley.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
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
     * Inline content: a script or style without a file, a handler or style in an attribute. An import map is inline
     * too; it is the one that the policy allows.
     */
    private static final Pattern INLINE = Pattern.compile(
            "<script(?![^>]*\\ssrc=)(?! type=\"importmap\">)[^>]*>|<style[\\s>]|\\son[a-z]+\\s*=|\\sstyle\\s*=|javascript:",
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
        assertThat(PageHeadersFilter.contentSecurityPolicy(new TreeSet<>()))
                .startsWith("default-src 'none'")
                .contains(
                        "connect-src 'self'",
                        "worker-src 'self'",
                        "object-src 'none'",
                        "base-uri 'none'",
                        "frame-ancestors 'none'")
                .doesNotContain("unsafe", "*", "http", "data:", "blob:");
    }

    /** The hash was made with {@code openssl dgst -sha256 -binary | base64}. */
    @Test
    void importMapIsAllowedByTheHashOfItsText() {
        SortedSet<String> unix = ImportMaps.sourcesIn("<p><script type=\"importmap\">\n{}\n</script>");
        SortedSet<String> windows = ImportMaps.sourcesIn("<p>\r\n<script type=\"importmap\">\r\n{}\r\n</script>");

        assertThat(unix)
                .containsExactly("'sha256-mStsuk6tXQZUQnBANrxib2jrZTl4uAW3mHJbbb97898='")
                .isEqualTo(windows);
        assertThat(PageHeadersFilter.contentSecurityPolicy(unix))
                .contains(
                        "; script-src 'self' 'sha256-mStsuk6tXQZUQnBANrxib2jrZTl4uAW3mHJbbb97898='; style-src 'self'; ");
    }

    /** One map for all pages keeps the policy short, and no page is forgotten where a library is added. */
    @Test
    void pagesHaveOneImportMap() throws IOException {
        SortedSet<String> sources = new TreeSet<>();
        for (Path page : files().stream()
                .filter(file -> file.toString().endsWith(".html"))
                .toList()) {
            SortedSet<String> maps = ImportMaps.sourcesIn(Files.readString(page));
            assertThat(maps).as("import maps of %s", page).hasSize(1);
            sources.addAll(maps);
        }
        assertThat(sources).hasSize(1);
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
