package dev.parley.client;

import java.util.Optional;

/**
 * A notification to send.
 *
 * @param content up to 1 MiB of UTF-8
 * @param title up to 200 characters
 * @param level {@code info}, {@code warning} or {@code critical}
 * @param to the user who receives it
 * @param room the room that receives it; without {@code to} and {@code room} it goes to everyone
 */
public record NotificationRequest(
        String content, Optional<String> title, Optional<String> level, Optional<String> to, Optional<String> room) {
    public static NotificationRequest toUser(String user, String content) {
        return new NotificationRequest(
                content, Optional.empty(), Optional.empty(), Optional.of(user), Optional.empty());
    }

    public static NotificationRequest toRoom(String room, String content) {
        return new NotificationRequest(
                content, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(room));
    }

    public static NotificationRequest toEveryone(String content) {
        return new NotificationRequest(content, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public NotificationRequest title(String value) {
        return new NotificationRequest(content, Optional.of(value), level, to, room);
    }

    public NotificationRequest level(String value) {
        return new NotificationRequest(content, title, Optional.of(value), to, room);
    }
}
