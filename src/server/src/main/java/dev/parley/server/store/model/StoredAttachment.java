package dev.parley.server.store.model;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;

/**
 * A complete attachment.
 *
 * @param room room whose readers may read it
 */
public record StoredAttachment(Attachment attachment, Channel.Room room, UserKey uploader) {}
