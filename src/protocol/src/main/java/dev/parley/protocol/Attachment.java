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
        Field.required("attachment.id", id);
    }
}
