package dev.parley.protocol;

/**
 * A file beside a chat message, made by an {@code upload}.
 *
 * @param id the server's name for it
 * @param name the file's name as its sender gave it
 * @param mediaType such as {@code image/png}
 * @param size in bytes
 * @param href where it can be read over HTTP, relative to the application
 */
public record Attachment(String id, String name, String mediaType, long size, String href) {
    public Attachment {
        Field.id("attachment.id", id);
        optional("attachment.name", name, Field.FILE_NAME_MAX);
        optional("attachment.mediaType", mediaType, Field.FILE_NAME_MAX);
        optional("attachment.href", href, Field.HREF_MAX);
        Field.atLeast("attachment.size", size, 0);
    }

    /** Where a file of this id can be read. */
    public static String href(String id) {
        return "attachments/" + id;
    }

    /** A client need not repeat what the server knows by the id. */
    private static void optional(String field, String value, int max) {
        if (value != null) {
            Field.text(field, value, max);
        }
    }
}
