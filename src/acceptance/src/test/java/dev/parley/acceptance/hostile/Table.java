package dev.parley.acceptance.hostile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All hostile inputs, by family. */
final class Table {
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
        families.put("private rooms", privateRooms());
        families.put("frames", FrameRows.rows());
        families.put("texts and closes", TextRows.rows());
        families.put("shapes", ShapeRows.rows());
        families.put("positions", PositionRows.rows());
        families.put("fields", FieldRows.rows());
        families.put("chunks and files", ChunkRows.rows());
        families.put("doors", DoorRows.rows());
        families.put("rates", RateRows.rows());
        return families;
    }

    private static List<Row> tickets() {
        return List.of(
                new Row("ticket of nobody", Knock.get("/chat?ticket=x"), Answer.http(401, "login_refused")),
                new Row("empty ticket", Knock.get("/chat?ticket="), Answer.http(401, "login_refused")),
                new Row("two tickets", Knock.get("/chat?ticket=x&ticket=y"), Answer.http(401, "login_refused")),
                new Row(
                        "ticket beside a token",
                        Knock.get("/chat?ticket=x").with("Authorization", "Bearer x"),
                        Answer.http(401, "login_refused")));
    }

    /** Each beside its owner's, who is answered: the room is there. */
    private static List<Row> privateRooms() {
        List<Row> rows = new ArrayList<>();
        Map<String, String> answers = new LinkedHashMap<>();
        answers.put("'join'", "joined");
        answers.put("'presence','id':'row'", "presence");
        answers.put("'history'", "history");
        answers.put("'chat','id':'row','content':'x'", "ack");
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
