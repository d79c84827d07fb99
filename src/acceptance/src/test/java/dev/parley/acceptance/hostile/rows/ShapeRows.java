package dev.parley.acceptance.hostile.rows;

import static dev.parley.acceptance.hostile.peer.Answer.told;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Peer;
import dev.parley.acceptance.hostile.peer.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Messages that are not JSON, or JSON of the wrong shape: kinds, arrays, depth, names and numbers. */
public final class ShapeRows {
    private static final String PING = "{'type':'ping'}";

    private ShapeRows() {}

    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (String text : List.of(
                " ",
                "nonsense",
                "{",
                "{'type':'ping'",
                "{'type':'ping',}",
                "{type:'ping'}",
                "{'type':'ping'/**/}",
                PING + PING,
                PING + " x",
                "{'type':'chat','content':'a\u0001b'}",
                "{'type':'chat','content':'\\x41'}",
                "{'type':'chat','content':'\\u12'}",
                "{'type':'metric','metricId':'m','value':NaN}",
                "{'type':'metric','metricId':'m','value':-Infinity}",
                "{'type':'metric','metricId':'m','value':01}",
                "{'type':'metric','metricId':'m','value':0x10}",
                PING + "\0",
                "[" + PING,
                "[" + PING + "}",
                "[" + PING + ",]")) {
            rows.add(row("no JSON: " + text, text, "bad_json"));
        }
        rows.add(new Row("JSON in single quotes", node -> say(node, told("bad_json"), PING), told("bad_json")));
        for (String text : List.of("5", "null", "true", "'ping'", "{'type':5}", "{'type':['ping']}", "{'type':{}}")) {
            rows.add(row("no message: " + text, text, "bad_message"));
        }
        rows.add(row("no type", "{}", "missing_field"));
        rows.add(row("type null", "{'type':null}", "missing_field"));
        for (String type : List.of("PING", "ping ", "welcome", "ack", "error", "toString", "constructor", "")) {
            rows.add(row("unknown type '" + type + "'", "{'type':'" + type + "'}", "unknown_type"));
        }
        rows.add(row("type with U+0000", "{'type':'ping\\u0000'}", "bad_message"));
        rows.add(row("type of 5,000 characters", "{'type':'" + "t".repeat(5_000) + "'}", "unknown_type"));
        rows.addAll(kinds());
        rows.addAll(arrays());
        rows.addAll(depths());
        rows.addAll(names());
        rows.addAll(numbers());
        return rows;
    }

    private static List<Row> kinds() {
        List<Row> rows = new ArrayList<>();
        for (String wrong : List.of("5", "true", "{}", "['x']")) {
            rows.add(row("content is " + wrong, "{'type':'chat','content':" + wrong + "}", "bad_message"));
            rows.add(row("room is " + wrong, "{'type':'chat','content':'x','room':" + wrong + "}", "bad_message"));
            rows.add(row("id is " + wrong, "{'type':'chat','content':'x','id':" + wrong + "}", "bad_message"));
            rows.add(row("to is " + wrong, "{'type':'message','content':'x','to':" + wrong + "}", "bad_message"));
        }
        for (String wrong : List.of("'5'", "true", "{}", "[5]")) {
            rows.add(
                    row("limit is " + wrong, "{'type':'history','room':'lobby','limit':" + wrong + "}", "bad_message"));
            rows.add(row("seq is " + wrong, "{'type':'read','room':'lobby','seq':" + wrong + "}", "bad_message"));
            rows.add(row("value is " + wrong, "{'type':'metric','metricId':'m','value':" + wrong + "}", "bad_message"));
        }
        for (String wrong : List.of("'true'", "1", "{}", "[true]")) {
            rows.add(row("inbox is " + wrong, "{'type':'history','inbox':" + wrong + "}", "bad_message"));
        }
        for (String wrong : List.of("'x'", "5", "['x']", "{'id':5}", "{'id':'../../etc/passwd'}", "{'id':['x']}")) {
            rows.add(row(
                    "attachment is " + wrong,
                    "{'type':'chat','content':'x','attachment':" + wrong + "}",
                    "bad_message"));
        }
        rows.add(row("attachment is {}", "{'type':'chat','content':'x','attachment':{}}", "missing_field"));
        rows.add(row(
                "attachment of nobody", "{'type':'chat','content':'x','attachment':{'id':'nobodys'}}", "bad_message"));
        rows.add(row("content null", "{'type':'chat','content':null}", "missing_field"));
        rows.add(row("no content", "{'type':'chat'}", "missing_field"));
        rows.add(row(
                "three channels", "{'type':'history','room':'lobby','inbox':true,'broadcast':true}", "bad_message"));
        rows.add(row("no channel", "{'type':'history','inbox':false}", "missing_field"));
        for (String id : List.of("", "a b", "a\\nb", "\u00e4", "i".repeat(65))) {
            rows.add(row("id '" + id + "'", "{'type':'chat','content':'x','id':'" + id + "'}", "bad_message"));
        }
        return rows;
    }

    private static List<Row> arrays() {
        return List.of(
                row("empty array", "[]", "bad_message"),
                row("array of 100", array(100), "pong ".repeat(100).strip()),
                row("array of 101", array(101), "bad_message"),
                row("array in an array", "[[" + PING + "]]", "bad_message"),
                row(
                        "array of messages and others",
                        "[" + PING + ",5," + PING + ",null,{}]",
                        "pong bad_message pong bad_message missing_field"),
                row(
                        "100 errors in an array are too many",
                        "[" + "5,".repeat(99) + "5]",
                        Answer.closed(4504, "bad_message ".repeat(21).strip())),
                row("array of 20,001 empty arrays", "[" + "[],".repeat(20_000) + "[]]", "bad_message"));
    }

    private static String array(int count) {
        return "[" + (PING + ",").repeat(count - 1) + PING + "]";
    }

    private static List<Row> depths() {
        return List.of(
                row("depth 16", "{'type':'ping','x':" + "[".repeat(15) + "]".repeat(15) + "}", "pong"),
                row("depth 17", "{'type':'ping','x':" + "[".repeat(16) + "]".repeat(16) + "}", "bad_message"),
                row(
                        "objects at depth 17",
                        "{'type':'ping','x':" + "{'a':".repeat(16) + "1" + "}".repeat(17),
                        "bad_message"),
                row("depth 10,000 of objects", "{'a':".repeat(10_000), "bad_message"),
                row("depth 60,000 of arrays", "[".repeat(60_000), "bad_json"),
                ChunkRows.joined("depth 100,000 of arrays, in chunks", "[".repeat(100_000), "bad_chunk"),
                ChunkRows.joined(
                        "depth 100,000 within a message, in chunks",
                        "{\"type\":\"ping\",\"x\":" + "[".repeat(100_000),
                        "bad_message"));
    }

    private static List<Row> names() {
        String many = fields(4_095);
        return List.of(
                row("__proto__", "{'type':'ping','__proto__':{'isAdmin':true}}", "pong"),
                row(
                        "constructor and prototype",
                        "{'type':'ping','constructor':{'prototype':{'isAdmin':true}}}",
                        "pong"),
                row("__proto__ for the type", "{'__proto__':{'type':'ping'}}", "missing_field"),
                row(
                        "class names for readers of other formats",
                        "{'type':'ping','@class':'java.lang.Runtime','@type':'javax.swing.JEditorPane'}",
                        "pong"),
                row("type twice", "{'type':'ping','type':'chat'}", "bad_message"),
                row("content twice", "{'type':'chat','content':'a','content':'b'}", "bad_message"),
                row(
                        "content twice, once in escapes",
                        "{'type':'chat','content':'a','\\u0063ontent':'b'}",
                        "bad_message"),
                row(
                        "epoch twice in a position",
                        "{'type':'join','room':'lobby','position':{'epoch':'a','epoch':'b','seq':1}}",
                        "bad_message"),
                row("name of 60,000 characters", "{'type':'ping','" + "k".repeat(60_000) + "':1}", "pong"),
                row("4,095 unknown fields", PING.replace("}", "," + many + "}"), "pong"),
                row("4,096 unknown fields", PING.replace("}", ",'x':1," + many + "}"), "bad_message"),
                // Not more, because each field takes time, and a transfer has one second here.
                ChunkRows.joined("60,000 fields, in chunks", "{" + fields(60_000) + "}", "bad_message"),
                row("name with U+0000", "{'type':'ping','a\\u0000':1}", "bad_message"),
                row("name with half a surrogate pair", "{'type':'ping','x':[{'\\ud83d':1}]}", "bad_message"),
                row("name twice in an unknown field", "{'type':'ping','x':[{'a':1,'a':2}]}", "bad_message"),
                row("type in escapes", "{'t\\u0079pe':'p\\u0069ng'}", "pong"),
                row("empty name", "{'':1,'type':'ping'}", "pong"));
    }

    private static String fields(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"k" + i + "\":1").collect(Collectors.joining(","));
    }

    private static List<Row> numbers() {
        List<Row> rows = new ArrayList<>();
        for (String number : List.of("1e400", "-1e400", "1e999999999")) {
            rows.add(row("value " + number, metric(number), "bad_message"));
        }
        rows.add(row("value of 5,000 digits", metric("1" + "0".repeat(5_000)), "bad_message"));
        rows.add(row("value of 60,000 digits", metric("9".repeat(60_000)), "bad_message"));
        rows.add(row("exponent of 5,000 digits", metric("1e" + "9".repeat(5_000)), "bad_message"));
        rows.add(row("value -0", metric("-0"), "ack"));
        rows.add(row("value 1e-99999 is 0", metric("1e-99999"), "ack"));
        for (String limit : List.of("0", "-1", "201", "1e9", "99999999999999", "5.5", "1e400", "9".repeat(5_000))) {
            rows.add(row(
                    "limit " + shown(limit), "{'type':'history','room':'lobby','limit':" + limit + "}", "bad_message"));
        }
        for (String seq : List.of("-1", "1.5", "9223372036854775808", "1e400")) {
            rows.add(row("seq " + seq, "{'type':'read','room':'lobby','seq':" + seq + "}", "bad_message"));
        }
        for (String before : List.of("0", "-5", "9223372036854775808")) {
            rows.add(row(
                    "before " + before, "{'type':'history','room':'lobby','before':" + before + "}", "bad_message"));
        }
        return rows;
    }

    private static String metric(String value) {
        return "{'type':'metric','id':'row','metricId':'m','value':" + value + "}";
    }

    private static String shown(String text) {
        return text.length() > 20 ? text.length() + " digits" : text;
    }

    /** @param json JSON with single instead of double quotes, for readable tables */
    public static Row row(String name, String json, String words) {
        return row(name, json, told(words));
    }

    public static Row row(String name, String json, Answer answer) {
        return new Row(name, node -> say(node, answer, json.replace('\'', '"')), answer);
    }

    /** A row with the answer to the owner of the private room. */
    public static Row ownersRow(String name, String json, String words) {
        return new Row(
                name,
                node -> {
                    try (Peer peer = node.signedIn(Node.OWNER)) {
                        return peer.text(node.named(json.replace('\'', '"'))).answer(told(words));
                    }
                },
                told(words));
    }

    private static Answer say(Node node, Answer expected, String text) {
        try (Peer peer = node.signedIn()) {
            return peer.text(node.named(text)).answer(expected);
        }
    }
}
