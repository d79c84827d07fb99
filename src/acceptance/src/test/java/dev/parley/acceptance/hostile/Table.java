package dev.parley.acceptance.hostile;

import dev.parley.acceptance.hostile.peer.Answer;
import dev.parley.acceptance.hostile.peer.HandshakeAttempt;
import dev.parley.acceptance.hostile.peer.Jws;
import dev.parley.acceptance.hostile.peer.Node;
import dev.parley.acceptance.hostile.peer.Row;
import dev.parley.acceptance.hostile.rows.ApiRows;
import dev.parley.acceptance.hostile.rows.BinaryRows;
import dev.parley.acceptance.hostile.rows.ChunkRows;
import dev.parley.acceptance.hostile.rows.EndpointRows;
import dev.parley.acceptance.hostile.rows.FieldRows;
import dev.parley.acceptance.hostile.rows.FrameRows;
import dev.parley.acceptance.hostile.rows.HeaderRows;
import dev.parley.acceptance.hostile.rows.OriginRows;
import dev.parley.acceptance.hostile.rows.PathRows;
import dev.parley.acceptance.hostile.rows.PositionRows;
import dev.parley.acceptance.hostile.rows.RateRows;
import dev.parley.acceptance.hostile.rows.RefusalRows;
import dev.parley.acceptance.hostile.rows.RequestRows;
import dev.parley.acceptance.hostile.rows.ShapeRows;
import dev.parley.acceptance.hostile.rows.SubprotocolRows;
import dev.parley.acceptance.hostile.rows.TextRows;
import dev.parley.acceptance.hostile.rows.TokenRows;
import dev.parley.acceptance.support.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** All hostile inputs, by family. */
final class Table {
    private static final Answer NO_TICKET = Answer.http(401, "login_refused");

    private Table() {}

    static Map<String, List<Row>> families() {
        Map<String, List<Row>> families = new LinkedHashMap<>();
        families.put("requests", RequestRows.rows());
        families.put("addresses", PathRows.rows());
        families.put("headers", HeaderRows.rows());
        families.put("origins", OriginRows.rows());
        families.put("subprotocols and extensions", SubprotocolRows.rows());
        families.put("tokens", TokenRows.rows());
        families.put("tickets", tickets());
        families.put("refusals told to pages", RefusalRows.rows());
        families.put("HTTP API", ApiRows.rows());
        families.put("private rooms", privateRooms());
        families.put("frames", FrameRows.rows());
        families.put("texts and closes", TextRows.rows());
        families.put("shapes", ShapeRows.rows());
        families.put("positions", PositionRows.rows());
        families.put("fields", FieldRows.rows());
        families.put("chunks and files", ChunkRows.rows());
        families.put("binary frames", BinaryRows.rows());
        families.put("doors", EndpointRows.rows());
        families.put("rates", RateRows.rows());
        return families;
    }

    private static List<Row> tickets() {
        return List.of(
                new Row("control: a ticket", node -> ticket(node, good -> good), Answer.upgraded()),
                new Row("ticket with padding", node -> ticket(node, good -> good + "%3D"), NO_TICKET),
                new Row("ticket with a space behind it", node -> ticket(node, good -> good + "+"), NO_TICKET),
                new Row("ticket with a line end in it", node -> ticket(node, good -> "%0A" + good), NO_TICKET),
                new Row("ticket with a character that is skipped", node -> ticket(node, good -> good + "!"), NO_TICKET),
                new Row("ticket with other last bits", node -> ticket(node, TokenRows::lastBitFlipped), NO_TICKET),
                new Row("ticket used, in another text", Table::usedTicket, NO_TICKET),
                new Row("ticket of nobody", HandshakeAttempt.get("/chat?ticket=x"), Answer.http(401, "login_refused")),
                new Row("empty ticket", HandshakeAttempt.get("/chat?ticket="), Answer.http(401, "login_refused")),
                new Row(
                        "two tickets",
                        HandshakeAttempt.get("/chat?ticket=x&ticket=y"),
                        Answer.http(401, "login_refused")),
                new Row(
                        "ticket beside a token",
                        HandshakeAttempt.get("/chat?ticket=x").with("Authorization", "Bearer x"),
                        Answer.http(401, "login_refused")));
    }

    private static String ticket(Node node) {
        String token = Jws.good(Node.newUser(), "user");
        return JsonText.object(node.post("/api/tickets", token).body()).getString("ticket");
    }

    private static Answer ticket(Node node, UnaryOperator<String> text) {
        return HandshakeAttempt.get("/chat?ticket=" + text.apply(ticket(node))).on(node);
    }

    private static Answer usedTicket(Node node) {
        String ticket = ticket(node);
        HandshakeAttempt.get("/chat?ticket=" + ticket).on(node);
        return HandshakeAttempt.get("/chat?ticket=" + TokenRows.lastBitFlipped(ticket))
                .on(node);
    }

    /** Each row has a counterpart by the owner, whose answer proves that the room exists. */
    private static List<Row> privateRooms() {
        List<Row> rows = new ArrayList<>();
        Map<String, String> answers = new LinkedHashMap<>();
        answers.put("'join'", "joined");
        answers.put("'presence','id':'row'", "presence");
        answers.put("'history'", "history");
        answers.put("'search','text':'x'", "history");
        answers.put("'chat','id':'row','content':'x'", "ack");
        answers.put("'members','id':'row'", "members");
        answers.put("'invite','id':'row','username':'bob'", "ack");
        answers.put("'remove','id':'row','username':'bob'", "ack");
        answers.forEach((type, answer) -> {
            String json = "{'type':" + type + ",'room':'" + Node.PRIVATE_ROOM + "'}";
            rows.add(ShapeRows.row("another's private room in " + type, json, "no_such_room"));
            rows.add(ShapeRows.ownersRow("control: one's own private room in " + type, json, answer));
        });
        return rows;
    }

    static List<Row> all() {
        List<Row> all = new ArrayList<>();
        families().values().forEach(all::addAll);
        return all;
    }
}
