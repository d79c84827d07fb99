package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.seen;
import static dev.parley.acceptance.hostile.rows.ShapeRows.row;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.support.Frame;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Names, rooms and texts that other software might interpret as a path, an SQL statement, HTML or a line of a log. */
public final class FieldRows {
    /** No line of the server's log may begin with it. */
    public static final String INJECTED = "INJECTED-LINE";

    /** Content must not appear in the log. */
    public static final String CONFIDENTIAL = "confidential-content";

    private static final String LINE = "x\r\n" + INJECTED + " ERROR \u001b[31mforged\u001b[0m\n" + INJECTED;

    private FieldRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(texts());
        rows.addAll(names());
        rows.addAll(rooms());
        rows.addAll(stored());
        rows.addAll(logs());
        return rows;
    }

    private static List<Row> texts() {
        return List.of(
                row("U+0000 in content", "{'type':'chat','content':'a\\u0000b'}", "bad_message"),
                row("U+0000 in a title", "{'type':'notification','content':'x','title':'a\\u0000b'}", "bad_message"),
                row("high surrogate alone", "{'type':'chat','content':'\\ud83d'}", "bad_message"),
                row("low surrogate alone", "{'type':'chat','content':'\\ude00'}", "bad_message"),
                row("surrogates in the wrong order", "{'type':'chat','content':'\\ude00\\ud83d'}", "bad_message"),
                row("high surrogate before a letter", "{'type':'message','content':'\\ud83dx'}", "bad_message"),
                row("U+0000 in an unknown field", "{'type':'ping','x':{'y':'\\u0000'}}", "bad_message"),
                row("high surrogate alone in an unknown field", "{'type':'ping','x':'\\ud83d'}", "bad_message"),
                row("low surrogate alone in an unknown array", "{'type':'ping','x':['\\ude00']}", "bad_message"),
                row("surrogates as a pair in an unknown field", "{'type':'ping','x':'\\ud83d\\ude00'}", "pong"),
                row("surrogates as a pair", "{'type':'chat','content':'\\ud83d\\ude00'}", "ack"),
                row(
                        "title too long",
                        "{'type':'notification','content':'x','title':'" + "t".repeat(201) + "'}",
                        "too_long"),
                row("level of no kind", "{'type':'notification','content':'x','level':'fatal'}", "bad_message"),
                row(
                        "notification to one and to many",
                        "{'type':'notification','content':'x','to':'a','room':'b'}",
                        "bad_message"),
                row("metric without a name", "{'type':'metric','metricId':'','value':1}", "bad_message"),
                row(
                        "metric with a name of 129",
                        "{'type':'metric','metricId':'" + "m".repeat(129) + "','value':1}",
                        "too_long"),
                row("metric for all", "{'type':'metric','metricId':'a*','value':1}", "bad_message"),
                row("U+0000 in a metric's name", "{'type':'metric','metricId':'a\\u0000','value':1}", "bad_message"),
                row(
                        "metric of yesterday",
                        "{'type':'metric','metricId':'a','value':1,'at':'yesterday'}",
                        "bad_message"),
                row(
                        "metric of the year 999999999",
                        "{'type':'metric','id':'row','metricId':'a','value':1,'at':'+999999999-01-01T00:00:00Z'}",
                        "ack"),
                ChunkRows.joined(
                        "content of a MiB and a byte",
                        "{\"type\":\"chat\",\"content\":\"" + "x".repeat(1024 * 1024 + 1) + "\"}",
                        "too_long"));
    }

    private static List<Row> names() {
        List<Row> rows = new ArrayList<>();
        for (String name : List.of(
                "",
                "   ",
                " a",
                "a ",
                "a\\u202eb",
                "a\\u2066b",
                "\\u200fa",
                "a\\u200bb",
                "a\\u200db",
                "\\ufeffa",
                "a\\u00adb",
                "\\u3164",
                "a\\u0000b",
                "a\\nb",
                "a\\u001b[2Jb",
                "a\\u0085b",
                "a\\u2028b",
                "\\ud800",
                "\\ue000",
                "\\udb40\\udc41",
                "n".repeat(65),
                "n".repeat(60_000),
                "\\ufdfa".repeat(10))) {
            String shown = name.length() > 60 ? name.length() + " characters" : name;
            rows.add(row(
                    "name in 'to': " + shown, "{'type':'message','content':'x','to':'" + name + "'}", "bad_message"));
            rows.add(row("name in 'username': " + shown, "{'type':'login','username':'" + name + "'}", "bad_message"));
        }
        rows.add(row(
                "other name on an open session",
                "{'type':'login','username':'root'}",
                Answer.closed(4501, "login_refused")));
        // These names are valid: to Parley they are text like any other.
        for (String name : List.of(
                "../../etc/passwd", "x'; DROP TABLE message;--", "inbox:user:bob", "<script>alert(1)</script>")) {
            rows.add(new Row("odd name in 'to': " + name, node -> sentTo(node, name), seen("given back as it is")));
        }
        return rows;
    }

    private static List<Row> rooms() {
        List<Row> rows = new ArrayList<>();
        for (String room : List.of(
                "",
                " ",
                "lobby ",
                "../etc",
                "a/b",
                "a\\\\b",
                "%2e%2e",
                "lobby\\u0000",
                "lobby\\n",
                "room:lobby",
                "*",
                "\ud83d\ude00",
                "\u2764\ufe0f",
                "lobby\\u3000",
                "lobby\u2044x",
                "\ufdfa",
                "\\u200b\\u202e\\u200d",
                "\\ud800",
                "lob\\udc00by",
                "\\ude00\\ud83d",
                "r".repeat(65),
                "\u8bbe".repeat(53) + "ab",
                "\u00df".repeat(33),
                "\u0301".repeat(600),
                "lobby; DROP TABLE message",
                "lobby\\u0027 OR 1=1")) {
            String shown = room.length() > 60 ? room.length() + " characters" : room;
            rows.add(row("room '" + shown + "'", "{'type':'join','room':'" + room + "'}", "bad_message"));
        }
        Map<String, String> spellings = Map.of(
                "LOBBY", "lobby",
                "\uff4c\uff4f\uff42\uff42\uff59", "lobby",
                "lob\\u200bby", "lobby",
                "\\u202elob\\u2066by\\u200f", "lobby",
                "\\u2060l\\u00ado\\ufeffbb\\ufe0fy", "lobby",
                "l\u00d6bby", "l\u00f6bby",
                "lo\u0308bby", "l\u00f6bby",
                // A Cyrillic letter that looks like a Latin one makes another room.
                "l\u043ebby", "l\u043ebby");
        spellings.forEach((spelling, room) -> rows.add(new Row(
                "spelling of a room '" + spelling + "'", node -> joined(node, spelling), seen("joined " + room))));
        for (String type : List.of(
                "'join'",
                "'leave'",
                "'typing'",
                "'presence'",
                "'history'",
                "'read','seq':1",
                "'chat','content':'x'",
                "'notification','content':'x'",
                "'upload','name':'a','mediaType':'a/b','size':1")) {
            rows.add(row(
                    "private room in " + type,
                    "{'type':" + type + ",'room':'" + Node.PRIVATE_ROOM + "'}",
                    "no_such_room"));
        }
        for (String type : List.of(
                "'presence'",
                "'members'",
                "'history'",
                "'read','seq':1",
                "'upload','name':'a','mediaType':'a/b','size':1")) {
            rows.add(row(
                    "room that is not there in " + type, "{'type':" + type + ",'room':'never-there'}", "no_such_room"));
        }
        rows.add(row("room named by dots", "{'type':'join','room':'..'}", "joined"));
        return rows;
    }

    private static List<Row> stored() {
        Map<String, String> texts = Map.of(
                "SQL", "'; DROP TABLE message; -- \" OR \"1\"=\"1",
                "a page", "<script>alert(1)</script><img src=x onerror=alert(1)>&lt;&#0;",
                "a template", "${jndi:ldap://127.0.0.1:1/a} #{7*7} {{7*7}} %s %n \\u0041",
                "lines and ESC", LINE,
                "text turned around", "\u202egnp.exe \u2066x\u2069 \ufeff\u200b",
                "noncharacters", "\uffff\ufdd0 \ud83d\ude00");
        List<Row> rows = new ArrayList<>();
        texts.forEach((name, text) -> {
            rows.add(new Row(
                    name + " as content is given back as it is",
                    node -> chatted(node, text),
                    seen("given back as it is")));
            rows.add(new Row(
                    name + " as title is given back as it is",
                    node -> notified(node, text),
                    seen("given back as it is")));
            rows.add(new Row(
                    name + " as a metric's name is given back as it is",
                    node -> measured(node, text),
                    seen("given back as it is")));
        });
        return rows;
    }

    private static List<Row> logs() {
        List<Row> rows = new ArrayList<>();
        String line = Json.createValue(LINE).toString();
        for (String field : List.of(
                "'type'",
                "'type':'chat','content':'x','id'",
                "'type':'chat','content':'x','room'",
                "'type':'message','content':'x','to'",
                "'type':'login','username'",
                "'type':'upload','room':'lobby','mediaType':'a/b','size':1,'name'",
                "'type':'upload','room':'lobby','name':'a','size':1,'mediaType'",
                "'type':'chunk','index':0,'count':1,'data':'x','transfer'",
                "'type':'metric','metricId':'m','value':1,'at'",
                "'type':'notification','content':'x','level'")) {
            String json = "{" + field.replace('\'', '"') + ":" + line + "}";
            Answer answer = Answer.told(field.equals("'type'") ? "unknown_type" : "bad_message");
            rows.add(new Row(
                    "line for the log in " + field,
                    node -> {
                        try (Peer peer = node.signedIn()) {
                            return peer.text(json).answer(1);
                        }
                    },
                    answer));
        }
        rows.add(new Row("line for the log as the reason of a close", FieldRows::reason, Answer.closed(1000)));
        rows.add(new Row(
                "line for the log in an address",
                HandshakeAttempt.get("/chat%0d%0a" + INJECTED),
                Answer.http(404, "not_found")));
        return rows;
    }

    private static Answer reason(Node node) {
        try (Peer peer = node.signedIn()) {
            byte[] frame = Frame.masked(
                    Frame.FIN | Frame.CLOSE,
                    TextRows.joined(FrameRows.bytes(2, 1000), LINE.getBytes(StandardCharsets.UTF_8)));
            return peer.write(frame).ending();
        }
    }

    private static Answer joined(Node node, String room) {
        try (Peer peer = node.signedIn()) {
            peer.text("{\"type\":\"join\",\"room\":\"" + room + "\"}");
            return seen("joined " + peer.next("joined").getString("room"));
        }
    }

    private static Answer sentTo(Node node, String name) {
        try (Peer peer = node.signedIn()) {
            peer.text(Json.createObjectBuilder()
                    .add("type", "message")
                    .add("to", name)
                    .add("content", CONFIDENTIAL)
                    .build()
                    .toString());
            return same(name, peer.next("message").getString("to"));
        }
    }

    private static Answer chatted(Node node, String text) {
        String content = CONFIDENTIAL + text;
        String room = Node.newUser();
        try (Peer peer = node.signedIn()) {
            peer.text(Json.createObjectBuilder()
                    .add("type", "chat")
                    .add("room", room)
                    .add("content", content)
                    .build()
                    .toString());
            peer.next("ack");
            peer.text("{\"type\":\"history\",\"room\":\"" + room + "\"}");
            JsonObject stored = peer.next("history").getJsonArray("messages").getJsonObject(0);
            return same(content, stored.getString("content"));
        }
    }

    private static Answer notified(Node node, String text) {
        String user = Node.newUser();
        try (Peer peer = node.signedIn(user)) {
            peer.text(Json.createObjectBuilder()
                    .add("type", "notification")
                    .add("to", user)
                    .add("content", CONFIDENTIAL)
                    .add("title", text)
                    .build()
                    .toString());
            return same(text, peer.next("notification").getString("title"));
        }
    }

    private static Answer measured(Node node, String text) {
        try (Peer peer = node.signedIn()) {
            peer.text(Json.createObjectBuilder()
                            .add("type", "subscribe")
                            .add("metricId", text)
                            .build()
                            .toString())
                    .next("subscribed");
            peer.text(Json.createObjectBuilder()
                    .add("type", "metric")
                    .add("metricId", text)
                    .add("value", 1)
                    .build()
                    .toString());
            return same(text, peer.next("metric").getString("metricId"));
        }
    }

    private static Answer same(String sent, String received) {
        return seen(sent.equals(received) ? "given back as it is" : "given back as " + received);
    }
}
