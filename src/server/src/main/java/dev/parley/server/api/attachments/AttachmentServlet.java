package dev.parley.server.api.attachments;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.api.AsyncResponses;
import dev.parley.server.api.CanonicalUsernameCheck;
import dev.parley.server.api.RequestRate;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.config.Settings;
import dev.parley.server.container.ContainerKind;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.Problem;
import dev.parley.server.http.ProblemWriter;
import dev.parley.server.http.RequestPath;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.log.LogThrottle;
import dev.parley.server.session.SessionExecutor;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.model.StageFailure;
import dev.parley.server.store.model.StoreUnavailable;
import dev.parley.server.store.model.StoredAttachment;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * {@code /attachments/ID}: downloads of attachments, for callers that may read the attachment's room. A caller brings a
 * token or a one-time ticket; none is needed if guests are allowed and may read the room. An attachment that does not
 * exist and one that the caller may not read get the same response.
 */
@WebServlet(value = "/attachments/*", asyncSupported = true)
public class AttachmentServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    /** Only plausible ids are looked up: some databases reject some texts. */
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9_-]{1,64}");

    /** Attribute of a request that holds its {@link Reply}. */
    private static final String REPLY = "dev.parley.attachment.reply";

    private static final Problem NO_FILE =
            Problem.of(404, Problem.NOT_FOUND, "There is no such file that you may read.");

    private static final Problem TOO_MANY = Problem.of(
                    503, Problem.TRY_AGAIN_LATER, "Too many files are being read at a time. Try again later.")
            .with("Retry-After", "2");

    private final transient LogThrottle log =
            new LogThrottle(System.getLogger(AttachmentServlet.class.getName()), System::nanoTime);

    /** Downloads of this node at a time: each holds a part of 256 KiB and a buffer. */
    public static final int DOWNLOADS_MAX = 128;

    private final transient ConcurrencyLimit limit = new ConcurrencyLimit(DOWNLOADS_MAX, 16);

    @Inject
    private transient AttachmentStore store;

    @Inject
    private transient RateLimiter rateLimiter;

    @Inject
    private transient Credentials credentials;

    @Inject
    private transient CanonicalUsernameCheck usernames;

    @Inject
    private transient AsyncResponses responses;

    @Inject
    private transient TrustedProxies proxies;

    @Inject
    private transient Settings settings;

    @Inject
    private transient SessionExecutor downloads;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serve(request, response, true);
    }

    @Override
    protected void doHead(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serve(request, response, false);
    }

    /**
     * Serves a request. Called again through {@link #lookUp}'s dispatch, on another thread of the server, once the
     * store has answered.
     */
    private void serve(HttpServletRequest request, HttpServletResponse response, boolean hasBody) throws IOException {
        if (request.getAttribute(REPLY) instanceof Reply reply) {
            request.removeAttribute(REPLY);
            reply.send(request, response);
            return;
        }
        String address = ClientAddressReader.read(request, proxies).address();
        Credentials.Verdict verdict = who(request, address);
        if (verdict instanceof Credentials.Verdict.Refused refused) {
            ProblemWriter.write(refused.problem(), response);
            return;
        }
        Optional<Identity> reader =
                verdict instanceof Credentials.Verdict.Known known ? Optional.of(known.identity()) : Optional.empty();
        Optional<Problem> tooFast = RequestRate.refusal(
                reader.map(rateLimiter::takeRequest).orElseGet(() -> rateLimiter.takeRequest(address)));
        String path = Optional.ofNullable(request.getPathInfo()).orElse("/");
        if (tooFast.isPresent()) {
            ProblemWriter.write(tooFast.get(), response);
        } else if (PATH.matcher(path).matches()) {
            String knownTag =
                    Optional.ofNullable(request.getHeader("If-None-Match")).orElse("");
            String caller = reader.map(known -> known.key().value()).orElse(address);
            lookUp(path.substring(1), reader, request, kept -> {
                if (Download.tag(kept.attachment()).equals(knownTag)) {
                    return CompletableFuture.completedStage(new Head(kept, HttpServletResponse.SC_NOT_MODIFIED));
                }
                return hasBody
                        ? open(kept, caller)
                        : CompletableFuture.completedStage(new Head(kept, HttpServletResponse.SC_OK));
            });
        } else {
            ProblemWriter.write(NO_FILE, response);
        }
    }

    /**
     * Looks up an attachment without a waiting thread.
     *
     * @param found creates the reply for an attachment that this reader may read
     */
    private void lookUp(
            String id,
            Optional<Identity> reader,
            HttpServletRequest request,
            Function<StoredAttachment, CompletionStage<Reply>> found) {
        AsyncContext async = request.startAsync();
        // Each query has its own deadline.
        async.setTimeout(0);
        // Not the path that was sent: the server would have to map it to the servlet again.
        String servlet = RequestPath.of(request);
        stranger(reader)
                .thenCompose(stranger -> stranger.isPresent()
                        ? CompletableFuture.completedStage(new Refusal(stranger.get()))
                        : responses
                                .inTime(store.find(id, reader.map(Identity::key)))
                                .thenCompose(kept -> kept.map(found)
                                        .orElseGet(() -> CompletableFuture.completedStage(new Refusal(NO_FILE)))))
                .exceptionally(this::failed)
                .thenAccept(reply -> {
                    request.setAttribute(REPLY, reply);
                    try {
                        async.dispatch(servlet);
                    } catch (IllegalStateException e) {
                        // The server has ended the request in the meantime.
                        reply.drop();
                    }
                });
    }

    private CompletionStage<Optional<Problem>> stranger(Optional<Identity> reader) {
        return reader.map(who -> responses.inTime(usernames.refusal(who)))
                .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty()));
    }

    private Reply failed(Throwable failure) {
        Throwable cause = StageFailure.cause(failure);
        if (StoreUnavailable.isReasonOf(cause)) {
            return new Refusal(AsyncResponses.storeUnavailable());
        }
        log.error("A bug while looking a file up; the request was answered 500.", cause);
        return new Refusal(Problem.ofStatus(500));
    }

    /** @param caller key under which concurrent downloads are limited */
    private CompletionStage<Reply> open(StoredAttachment kept, String caller) {
        if (!limit.tryAcquire(caller)) {
            return CompletableFuture.completedStage(new Refusal(TOO_MANY));
        }
        // Before any header is sent: without the first part the response is a different one.
        return responses
                .inTime(store.part(kept.attachment().id(), 0))
                .whenComplete((first, failure) -> {
                    if (failure != null) {
                        limit.release(caller);
                    }
                })
                .thenApply(first -> new File(kept, first.orElse(new byte[0]), caller));
    }

    /** The response to a request, once the store has answered. */
    private interface Reply {
        void send(HttpServletRequest request, HttpServletResponse response) throws IOException;

        /** Called instead of {@link #send} if the request has ended. */
        default void drop() {}
    }

    private record Refusal(Problem problem) implements Reply {
        @Override
        public void send(HttpServletRequest request, HttpServletResponse response) throws IOException {
            ProblemWriter.write(problem, response);
        }
    }

    private record Head(StoredAttachment kept, int status) implements Reply {
        @Override
        public void send(HttpServletRequest request, HttpServletResponse response) {
            describe(kept, response);
            response.setStatus(status);
        }
    }

    /** A download; holds a slot of its caller until it is over. */
    private final class File implements Reply {
        private final StoredAttachment kept;
        private final byte[] first;
        private final String caller;

        File(StoredAttachment kept, byte[] first, String caller) {
            this.kept = kept;
            this.first = first;
            this.caller = caller;
        }

        @Override
        public void send(HttpServletRequest request, HttpServletResponse response) throws IOException {
            boolean isUnderWay = false;
            try {
                describe(kept, response);
                AsyncContext async = request.startAsync();
                async.setTimeout(FileStream.deadline(kept.attachment().size()).toMillis());
                ServletOutputStream out = response.getOutputStream();
                boolean isBlocking = blocks(out);
                ConcurrencyLimit slots = limit;
                String holder = caller;
                FileStream stream = new FileStream(
                        store,
                        kept.attachment().id(),
                        first,
                        async,
                        isBlocking ? downloads : async::start,
                        // Not this::drop, which would keep the first part as long as the server keeps the stream.
                        () -> slots.release(holder));
                async.addListener(stream);
                isUnderWay = true;
                if (isBlocking) {
                    downloads.execute(stream::onWritePossible);
                } else {
                    out.setWriteListener(stream);
                }
            } finally {
                if (!isUnderWay) {
                    drop();
                }
            }
        }

        @Override
        public void drop() {
            limit.release(caller);
        }
    }

    /**
     * Whether writes to a response wait for its reader even with a listener: on Open Liberty (seen with 26.0.0.5),
     * where eight slow readers took all threads of the server.
     */
    private static boolean blocks(ServletOutputStream response) {
        return ContainerKind.of(response) == ContainerKind.OPEN_LIBERTY;
    }

    private static void describe(StoredAttachment kept, HttpServletResponse response) {
        Download.headers(kept.attachment()).forEach(response::setHeader);
    }

    private Credentials.Verdict who(HttpServletRequest request, String address) {
        Optional<String> origin = Optional.ofNullable(request.getHeader("Origin"));
        Credentials.Verdict verdict = credentials.ofTokenOrTicket(
                address,
                Collections.list(request.getHeaders("Authorization")),
                Optional.ofNullable(request.getQueryString()).orElse(""),
                // Browsers send no Origin for an image or a link, not even to the page's own host.
                issuedFor -> origin.isEmpty() || origin.equals(issuedFor));
        return verdict instanceof Credentials.Verdict.Nobody && !settings.guests()
                ? Credentials.refused(
                        ErrorCode.LOGIN_REQUIRED,
                        "Send your token, Authorization: Bearer TOKEN, or bring a ticket, ?ticket=TICKET.")
                : verdict;
    }
}
