package dev.parley.server.api.attachments;

import dev.parley.protocol.Attachment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The headers of a download. An uploaded file is served as data, never as content that a browser would run in Parley's
 * origin. Its declared media type is used only if browsers merely show or save such files.
 */
final class Download {
    static final String UNKNOWN_TYPE = "application/octet-stream";

    /** Types that are shown in place; none of them can contain scripts. */
    private static final Set<String> IMAGES =
            Set.of("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp");

    /** Types that are saved under their own type. */
    private static final Set<String> SAVED = Set.of(
            "application/pdf",
            "application/zip",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "audio/wav",
            "audio/webm",
            "text/csv",
            "text/plain",
            "video/mp4",
            "video/ogg",
            "video/webm");

    private Download() {}

    static Map<String, String> headers(Attachment attachment) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", contentType(attachment.mediaType()));
        headers.put("Content-Length", Long.toString(attachment.size()));
        headers.put("Content-Disposition", disposition(attachment));
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Referrer-Policy", "no-referrer");
        // A file never changes, but its reader may lose the right to read it.
        headers.put("Cache-Control", "private, no-cache");
        headers.put("Vary", "Authorization");
        headers.put("ETag", tag(attachment));
        headers.put("Accept-Ranges", "none");
        return headers;
    }

    static String tag(Attachment attachment) {
        return '"' + attachment.id() + '"';
    }

    private static String contentType(String mediaType) {
        if (IMAGES.contains(mediaType)) {
            return mediaType;
        }
        if (!SAVED.contains(mediaType)) {
            return UNKNOWN_TYPE;
        }
        return mediaType.startsWith("text/") ? mediaType + ";charset=UTF-8" : mediaType;
    }

    private static String disposition(Attachment attachment) {
        String kind = IMAGES.contains(attachment.mediaType()) ? "inline" : "attachment";
        return kind + "; filename*=UTF-8''" + encoded(attachment.name());
    }

    /** Encodes all characters except attr-char as a percent sign and two digits (RFC 8187 section 3.2.1). */
    private static String encoded(String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean isPlain = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "!#$&+-.^_`|~".indexOf(c) >= 0;
            encoded.append(isPlain ? Character.toString(c) : "%%%02X".formatted((int) c));
        }
        return encoded.toString();
    }
}
