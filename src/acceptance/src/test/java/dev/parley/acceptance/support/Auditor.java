package dev.parley.acceptance.support;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Message;
import jakarta.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedList;
import java.util.List;
import java.util.stream.Stream;

/** Reads complete channels with {@code history}: a room as any user, an inbox as its owner. */
public final class Auditor {
    private static final int PAGE = 200;

    private final URI chat;

    public Auditor(URI chat) {
        this.chat = chat;
    }

    /** The logs of these rooms, the lobby, the broadcast channel and the inboxes of these users. */
    public List<Event.Audited> all(Collection<String> rooms, List<String> users) {
        List<String> everyRoom = new ArrayList<>(rooms);
        everyRoom.add("lobby");
        List<Event.Audited> logs = rooms(users.get(0), everyRoom);
        users.forEach(user -> logs.add(inbox(user)));
        return logs;
    }

    private List<Event.Audited> rooms(String user, Collection<String> rooms) {
        List<Event.Audited> logs = new ArrayList<>();
        try (WireClient client = WireClient.connect(chat)) {
            JsonObject channels = welcome(client, user);
            for (String room : rooms) {
                client.send("{'type':'join','room':'" + room + "','id':'join'}");
                JsonObject position = client.answer("join").getJsonObject("position");
                logs.add(log(client, "room:" + room, "'room':'" + room + "'", position));
            }
            logs.add(log(client, "broadcast", "'broadcast':true", position(channels, "broadcast")));
        }
        return logs;
    }

    private Event.Audited inbox(String user) {
        try (WireClient client = WireClient.connect(chat)) {
            JsonObject channels = welcome(client, user);
            return log(client, "inbox:" + user, "'inbox':true", position(channels, "inbox"));
        }
    }

    private static JsonObject welcome(WireClient client, String user) {
        client.send("{'type':'login','token':'" + Tokens.of(user) + "'}");
        return client.next("welcome").getJsonObject("channels");
    }

    private static JsonObject position(JsonObject channels, String wireKey) {
        return channels.getJsonObject(wireKey).getJsonObject("position");
    }

    private static Event.Audited log(WireClient client, String channel, String target, JsonObject position) {
        List<JsonObject> pages = pages(client, target);
        return new Event.Audited(
                channel,
                position.getString("epoch"),
                position.getJsonNumber("seq").longValueExact(),
                pages.get(0).getJsonNumber("oldest").longValueExact(),
                messages(pages).map(Auditor::entry).toList());
    }

    /**
     * All messages of a channel, in seq order.
     *
     * @param target the field that names the channel, with single quotes
     */
    public static List<JsonObject> history(WireClient client, String target) {
        return messages(pages(client, target)).toList();
    }

    private static Stream<JsonObject> messages(List<JsonObject> pages) {
        return pages.stream().flatMap(page -> page.getJsonArray("messages").getValuesAs(JsonObject.class).stream());
    }

    /** The answers to {@code history}, from the oldest messages to the newest. */
    private static List<JsonObject> pages(WireClient client, String target) {
        LinkedList<JsonObject> pages = new LinkedList<>();
        String before = "";
        do {
            client.send("{'type':'history'," + target + ",'limit':" + PAGE + ",'id':'page'" + before + "}");
            pages.addFirst(client.answer("page"));
            before = messages(pages)
                    .findFirst()
                    .map(oldest -> ",'before':" + oldest.getJsonNumber("seq"))
                    .orElse("");
        } while (pages.getFirst().getBoolean("more"));
        return pages;
    }

    private static Event.Audited.Entry entry(JsonObject message) {
        return new Event.Audited.Entry(
                message.getJsonNumber("seq").longValueExact(),
                new Message(message.getString("sender"), message.getString("id"), message.getString("content")));
    }
}
