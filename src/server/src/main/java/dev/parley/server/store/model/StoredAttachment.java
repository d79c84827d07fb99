package dev.parley.server.store.model;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;

/**
 * A complete attachment.
 *
 * @param room room whose readers may read it
 * @param uploader key of the identity
 */
public record StoredAttachment(Attachment attachment, Channel.Room room, String uploader) {}
