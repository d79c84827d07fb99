package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.rows.ShapeRows.row;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Foreign channels, positions that the server never issued, and fields that only the server may set. */
public final class PositionRows {

    private PositionRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (String channel : List.of(
                "inbox:user:bob",
                "inbox:bob",
                "user:bob",
                "guest:bob",
                "inbox/bob",
                "INBOX",
                "room:",
                "room:../x",
                "room:lobby\\u3000",
                "room:\\u200d",
                "room:inbox:user:bob",
                "room:room:lobby",
                "%",
                "'' OR 1=1",
                "")) {
            rows.add(login(
                    "channel '" + channel + "'",
                    "'" + channel.replace("''", "") + "':{'epoch':'e','seq':1}",
                    "bad_message"));
        }
        for (String position : List.of(
                "5",
                "'5'",
                "true",
                "[]",
                "[{'epoch':'e','seq':1}]",
                "{'epoch':5,'seq':1}",
                "{'epoch':['e'],'seq':1}",
                "{'epoch':'e','seq':'1'}",
                "{'epoch':'e','seq':-1}",
                "{'epoch':'e','seq':1.5}",
                "{'epoch':'e','seq':true}",
                "{'epoch':'e','seq':9223372036854775808}",
                "{'epoch':'e','seq':1e400}",
                "{'epoch':'e\\u0000','seq':1}",
                "{'epoch':'\\ud800','seq':1}")) {
            rows.add(login("position of the inbox " + position, "'inbox':" + position, "bad_message"));
            rows.add(row(
                    "position in a join " + position,
                    "{'type':'join','room':'lobby','position':" + position + "}",
                    "bad_message"));
        }
        rows.add(login("position null", "'inbox':null", "bad_message"));
        rows.add(login("position without a seq", "'inbox':{'epoch':'e'}", "missing_field"));
        rows.add(login("position without an epoch", "'inbox':{'seq':1}", "missing_field"));
        rows.add(login("epoch of 65 characters", "'inbox':{'epoch':'" + "e".repeat(65) + "','seq':1}", "too_long"));
        rows.add(login(
                "one channel twice", "'inbox':{'epoch':'e','seq':1},'inbox':{'epoch':'e','seq':2}", "bad_message"));
        rows.add(login(
                "one room in two spellings",
                "'room:lobby':{'epoch':'e','seq':1},'room:LOBBY':{'epoch':'e','seq':2}",
                "bad_message"));
        rows.add(row("positions are a list", "{'type':'login','positions':[]}", "bad_message"));
        rows.add(new Row(
                "forged epoch is not recovered",
                node -> joined(node, "'epoch':'forged','seq':0"),
                seen("recovered false")));
        rows.add(new Row(
                "SQL for an epoch is not recovered",
                node -> joined(node, "'epoch':'\\u0027 OR 1=1 --','seq':0"),
                seen("recovered false")));
        rows.add(new Row("position beyond the head is not recovered", PositionRows::beyond, seen("recovered false")));
        rows.add(new Row(
                "position in a private-looking room tells nothing",
                PositionRows::privateRoom,
                seen("[broadcast, inbox, room:lobby]")));
        rows.add(new Row(
                "1,000 positions in rooms that are not there make none",
                PositionRows::manyRooms,
                seen("[room:lobby]")));
        rows.add(new Row("read mark beyond the head stays at the head", PositionRows::markBeyond, seen("1")));
        rows.add(new Row(
                "fields of the server in a chat are ignored",
                PositionRows::spoofedChat,
                seen("own sender, seq 1, own time, no session")));
        rows.add(new Row(
                "fields of the server in a message are ignored",
                PositionRows::spoofedMessage,
                seen("own sender, in the inbox")));
        rows.add(row(
                "fields of the server in a login are ignored",
                "{'type':'login','roles':['admin'],'sub':'root','isGuest':false,'expiresIn':1}",
                "welcome"));
        rows.add(row(
                "session of another is not closed by its name",
                "{'type':'login','session':'\\u0027 OR 1=1 --'}",
                "welcome"));
        return rows;
    }

    private static Row login(String name, String positions, String words) {
        return row(name, "{'type':'login','positions':{" + positions + "}}", words);
    }

    private static Answer joined(Node node, String position) {
        try (Peer peer = node.signedIn()) {
            JsonObject joined = join(peer, "lobby", position);
            return seen("recovered " + joined.getBoolean("recovered"));
        }
    }

    private static JsonObject join(Peer peer, String room, String position) {
        peer.text(("{'type':'join','room':'" + room + "','position':{" + position + "}}").replace('\'', '"'));
        return peer.next("joined");
    }

    private static Answer beyond(Node node) {
        try (Peer peer = node.signedIn()) {
            String epoch = join(peer, "lobby", "'epoch':'any','seq':0")
                    .getJsonObject("position")
                    .getString("epoch");
            return seen("recovered "
                    + join(peer, "lobby", "'epoch':'" + epoch + "','seq':" + Long.MAX_VALUE)
                            .getBoolean("recovered"));
        }
    }

    private static Answer privateRoom(Node node) {
        try (Peer peer = node.signedIn()) {
            peer.text(node.named("{\"type\":\"login\",\"positions\":{\"room:" + Node.PRIVATE_ROOM
                    + "\":{\"epoch\":\"e\",\"seq\":1}}}"));
            return seen(peer.next("welcome").getJsonObject("channels").keySet().stream()
                    .sorted()
                    .toList()
                    .toString());
        }
    }

    private static Answer manyRooms(Node node) {
        String user = Node.newUser();
        String positions = IntStream.range(0, 1_000)
                .mapToObj(i -> "\"room:" + user + "-" + i + "\":{\"epoch\":\"e\",\"seq\":1}")
                .collect(Collectors.joining(","));
        try (Peer peer = node.signedIn(user)) {
            peer.text("{\"type\":\"login\",\"positions\":{" + positions + "}}");
            return seen(peer.next("welcome").getJsonObject("channels").keySet().stream()
                    .filter(channel -> channel.startsWith("room:"))
                    .toList()
                    .toString());
        }
    }

    private static Answer markBeyond(Node node) {
        String room = Node.newUser();
        try (Peer peer = node.signedIn()) {
            peer.text("{\"type\":\"join\",\"room\":\"" + room + "\"}").next("joined");
            peer.text("{\"type\":\"chat\",\"room\":\"" + room + "\",\"content\":\"one\"}")
                    .next("ack");
            peer.text("{\"type\":\"read\",\"room\":\"" + room + "\",\"seq\":9999999999}");
            return seen(Integer.toString(peer.next("read").getInt("seq")));
        }
    }

    private static Answer spoofedChat(Node node) {
        String room = Node.newUser();
        String user = Node.newUser();
        try (Peer peer = node.signedIn(user)) {
            peer.text("{\"type\":\"join\",\"room\":\"" + room + "\"}").next("joined");
            peer.text(
                    ("{'type':'chat','room':'" + room + "','content':'x','sender':'root','username':'root','seq':4711,"
                                    + "'sentAt':'2000-01-01T00:00:00.000Z','session':'theirs','broadcast':true}")
                            .replace('\'', '"'));
            JsonObject copy = peer.next("chat");
            return seen((copy.getString("sender").equals(user) ? "own" : "their") + " sender, seq " + copy.getInt("seq")
                    + (copy.getString("sentAt").startsWith("2000") ? ", their" : ", own") + " time, "
                    + (copy.containsKey("session") || copy.containsKey("broadcast") ? "session" : "no session"));
        }
    }

    private static Answer spoofedMessage(Node node) {
        String user = Node.newUser();
        String to = Node.newUser();
        try (Peer peer = node.signedIn(user)) {
            peer.text(("{'type':'message','to':'" + to
                            + "','content':'x','sender':'root','room':'lobby','broadcast':true,'inbox':false}")
                    .replace('\'', '"'));
            JsonObject copy = peer.next("message");
            return seen((copy.getString("sender").equals(user) ? "own" : "their") + " sender, in the "
                    + (copy.getBoolean("inbox", false) && !copy.containsKey("room") ? "inbox" : "room"));
        }
    }
}
