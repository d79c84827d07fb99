package dev.parley.protocol;

/**
 * A file attached to a chat message, created by an {@code upload}.
 *
 * @param id the id of the file, given by the server
 * @param name file name, given by the sender
 * @param mediaType media type, such as {@code image/png}
 * @param size size in bytes
 * @param href URL of the content, relative to the application
 */
public record Attachment(String id, String name, String mediaType, long size, String href) {
    public Attachment {
        Field.id("attachment.id", id);
        optional("attachment.name", name, Field.FILE_NAME_MAX);
        optional("attachment.mediaType", mediaType, Field.FILE_NAME_MAX);
        optional("attachment.href", href, Field.HREF_MAX);
        Field.atLeast("attachment.size", size, 0);
    }

    /** The URL of the file with this id, relative to the application. */
    public static String href(String id) {
        return "attachments/" + id;
    }

    /** Checks a field that may be missing: the server knows it by the id. */
    private static void optional(String field, String value, int max) {
        if (value != null) {
            Field.text(field, value, max);
        }
    }
}
