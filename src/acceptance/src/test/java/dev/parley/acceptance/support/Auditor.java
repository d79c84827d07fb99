package dev.parley.acceptance.support;

import dev.parley.acceptance.checker.Event;
import dev.parley.acceptance.checker.Message;
import jakarta.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

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
        List<Event.Audited.Entry> newestFirst = new ArrayList<>();
        String before = "";
        JsonObject page;
        do {
            client.send("{'type':'history'," + target + ",'limit':" + PAGE + ",'id':'page'" + before + "}");
            page = client.answer("page");
            List<JsonObject> messages =
                    new ArrayList<>(page.getJsonArray("messages").getValuesAs(JsonObject.class));
            Collections.reverse(messages);
            messages.forEach(message -> newestFirst.add(entry(message)));
            before = newestFirst.isEmpty()
                    ? ""
                    : ",'before':" + newestFirst.get(newestFirst.size() - 1).seq();
        } while (page.getBoolean("more"));
        Collections.reverse(newestFirst);
        return new Event.Audited(
                channel,
                position.getString("epoch"),
                position.getJsonNumber("seq").longValueExact(),
                page.getJsonNumber("oldest").longValueExact(),
                newestFirst);
    }

    private static Event.Audited.Entry entry(JsonObject message) {
        return new Event.Audited.Entry(
                message.getJsonNumber("seq").longValueExact(),
                new Message(message.getString("sender"), message.getString("id"), message.getString("content")));
    }
}
