package dev.parley.server.api.messages;

import dev.parley.protocol.Channel;
import dev.parley.protocol.Position;
import dev.parley.server.api.AsyncResponses;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.requests.HttpReaders;
import dev.parley.server.dispatch.requests.Positions;
import dev.parley.server.dispatch.requests.ReadRequest;
import dev.parley.server.dispatch.requests.ReadSlice;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CompletionStage;

/**
 * {@code /api/channels/CHANNEL/messages}: the messages of a channel after a position, at once or as soon as there is
 * one (long polling). {@link EventStreamFilter} answers the same address with a stream.
 */
@Path("channels")
@RequestScoped
public class ChannelResource {
    private static final int WAIT_MAX = (int) ReadRequest.WAIT_MAX.toSeconds();

    @Inject
    private HttpReaders readers;

    @Inject
    private AsyncResponses responses;

    /** The parameters of a request, and its long poll. */
    private record Asked(Channel channel, Optional<Position> after, Duration time, int limit, LongPoll poll) {
        static Asked of(String channel, String after, String wait, String limit) {
            return new Asked(
                    ReadParameters.channel(channel),
                    ReadParameters.position("after", Optional.ofNullable(after)),
                    Duration.ofSeconds(ReadParameters.number("wait", Optional.ofNullable(wait), 0, 0, WAIT_MAX)),
                    ReadParameters.number(
                            "limit", Optional.ofNullable(limit), ReadRequest.LIMIT_DEFAULT, 1, ReadRequest.LIMIT_MAX),
                    new LongPoll());
        }
    }

    /** @param room name of the room; the others as in {@link #read} */
    @GET
    @Path("room/{room}/messages")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> readRoom(
            @Context SecurityContext caller,
            @PathParam("room") String room,
            @QueryParam("after") String after,
            @QueryParam("wait") String wait,
            @QueryParam("limit") String limit) {
        Asked asked = Asked.of("room/" + room, after, wait, limit);
        return responses
                .to(caller, asked.time(), who -> begin(asked, who), slice -> answer(asked, slice))
                .whenComplete((response, failure) -> asked.poll().close());
    }

    /**
     * @param after position {@code EPOCH:SEQ}; null for the present end of the channel, which is answered at once
     * @param wait seconds to wait for a message if there is none; null for 0
     * @param limit most messages; null for the default
     */
    @GET
    @Path("{channel}/messages")
    @Produces(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> read(
            @Context SecurityContext caller,
            @PathParam("channel") String channel,
            @QueryParam("after") String after,
            @QueryParam("wait") String wait,
            @QueryParam("limit") String limit) {
        Asked asked = Asked.of(channel, after, wait, limit);
        return responses
                .to(caller, asked.time(), who -> begin(asked, who), slice -> answer(asked, slice))
                .whenComplete((response, failure) -> asked.poll().close());
    }

    private CompletionStage<ReadSlice> begin(Asked asked, Identity who) {
        return asked.poll()
                .begin(output -> readers.page(
                        who,
                        ReadParameters.of(who, asked.channel()),
                        asked.after(),
                        asked.limit(),
                        asked.time(),
                        output));
    }

    private static Response answer(Asked asked, ReadSlice slice) {
        return Response.ok(body(asked.channel(), slice)).build();
    }

    /** The body, with the messages as they are stored: they are JSON already. */
    private static InputStream body(Channel channel, ReadSlice slice) {
        String head = Json.createObjectBuilder()
                .add("channel", channel.wireKey())
                .add("position", Positions.json(slice.reached()))
                .add("more", slice.more())
                .build()
                .toString();
        StringJoiner body = new StringJoiner(",", head.substring(0, head.length() - 1) + ",\"messages\":[", "]}");
        slice.entries().forEach(entry -> body.add(entry.message().json()));
        return new ByteArrayInputStream(body.toString().getBytes(StandardCharsets.UTF_8));
    }
}
