package dev.parley.server.http;

import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The import maps of the pages, as sources of a Content-Security-Policy. A browser takes an import map from the page
 * alone, so the policy must allow that piece of inline content, by its hash, and no other. The hashes are made from the
 * pages as they are served: a map that is edited needs no second edit.
 */
final class ImportMaps {
    private static final Pattern MAP = Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);

    private ImportMaps() {}

    /**
     * The hashes of the import maps in all pages of the application.
     *
     * @throws UncheckedIOException if a page cannot be read
     */
    static SortedSet<String> sources(ServletContext application) {
        Set<String> files = application.getResourcePaths("/");
        return files == null
                ? new TreeSet<>()
                : files.stream()
                        .filter(file -> file.endsWith(".html"))
                        .flatMap(file -> sourcesIn(read(application, file)).stream())
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The hashes of the import maps in one page (CSP Level 3, section 2.3.1, {@code hash-source}). */
    static SortedSet<String> sourcesIn(String page) {
        return MAP.matcher(page)
                .results()
                .map(map -> source(map.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String source(String map) {
        // The parser of HTML makes one line feed of each line break, before the browser hashes the text.
        byte[] text = map.replace("\r\n", "\n").replace('\r', '\n').getBytes(StandardCharsets.UTF_8);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    private static String read(ServletContext application, String file) {
        try (InputStream page = application.getResourceAsStream(file)) {
            if (page == null) {
                throw new IOException("The page " + file + " is listed and cannot be opened.");
            }
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
