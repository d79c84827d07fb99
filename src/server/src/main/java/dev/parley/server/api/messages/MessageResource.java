package dev.parley.server.api.messages;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Utf8;
import dev.parley.server.api.AsyncResponses;
import dev.parley.server.api.LongBody;
import dev.parley.server.dispatch.Refusal;
import dev.parley.server.dispatch.requests.MessagePosts;
import dev.parley.server.http.Problem;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;

/** {@code /api/messages}: stores a message of the caller, and answers with its ack, both as on a WebSocket. */
@Path("messages")
@RequestScoped
public class MessageResource {
    @Inject
    private MessagePosts posts;

    @Inject
    private AsyncResponses responses;

    /** @param body a {@code chat}, {@code message} or {@code notification} */
    @POST
    @LongBody
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> post(@Context SecurityContext caller, JsonObject body) {
        String text = body.toString();
        ClientMessage message = decoded(text);
        return responses.to(caller, who -> posts.post(who, message, Utf8.length(text)), MessageResource::acked);
    }

    private static ClientMessage decoded(String text) {
        Decoded decoded = MessageCodec.decode(text).get(0);
        if (decoded instanceof Decoded.Malformed malformed) {
            throw new Problem.Refused(
                    Refusal.of(malformed.code(), malformed.reason()).problem());
        }
        return ((Decoded.Valid) decoded).message();
    }

    private static Response acked(ServerMessage.Ack ack) {
        return Response.status(Response.Status.CREATED)
                .entity(new ByteArrayInputStream(MessageCodec.encode(ack).getBytes(StandardCharsets.UTF_8)))
                .build();
    }
}
