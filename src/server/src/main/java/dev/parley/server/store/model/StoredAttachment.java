package dev.parley.server.store.model;

import dev.parley.protocol.Attachment;
import dev.parley.protocol.Channel;

/**
 * A file that is there as a whole.
 *
 * @param room where it may be read
 * @param uploader key of the identity
 */
public record StoredAttachment(Attachment attachment, Channel.Room room, String uploader) {}
