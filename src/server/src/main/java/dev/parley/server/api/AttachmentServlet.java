package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.config.Settings;
import dev.parley.server.dispatch.Rates;
import dev.parley.server.handshake.CallerReader;
import dev.parley.server.handshake.Credentials;
import dev.parley.server.handshake.Problem;
import dev.parley.server.handshake.ProblemWriter;
import dev.parley.server.handshake.TrustedProxies;
import dev.parley.server.session.Identity;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.StoreUnavailable;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code /attachments/ID}: files beside chat messages, for whoever may read the room: everybody who brings a token or
 * a one-time ticket; without a credential where guests may read it too. What does not exist and what is not yours look alike.
 */
@WebServlet(value = "/attachments/*", asyncSupported = true)
public class AttachmentServlet extends ReadOnlyServlet {
    private static final long serialVersionUID = 1L;
    /** Not every store can be asked for any text. */
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9_-]{1,64}");

    /** Each holds a part of 256 KiB and a frame. */
    private final transient Slots slots = new Slots(128, 16);

    @Inject
    private transient AttachmentStore store;

    @Inject
    private transient Rates rates;

    @Inject
    private transient Credentials credentials;

    @Inject
    private transient FirstSpelling spelling;

    @Inject
    private transient TrustedProxies proxies;

    @Inject
    private transient Settings settings;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serve(request, response, true);
    }

    @Override
    protected void doHead(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serve(request, response, false);
    }

    private void serve(HttpServletRequest request, HttpServletResponse response, boolean hasBody) throws IOException {
        String address = CallerReader.read(request, proxies).address();
        Credentials.Verdict verdict = who(request, address);
        if (verdict instanceof Credentials.Verdict.Refused refused) {
            ProblemWriter.write(refused.problem(), response);
            return;
        }
        Optional<Identity> reader =
                verdict instanceof Credentials.Verdict.Known known ? Optional.of(known.identity()) : Optional.empty();
        Optional<Problem> tooFast =
                RequestRate.refusal(reader.map(rates::takeRequest).orElseGet(() -> rates.takeRequest(address)));
        if (tooFast.isPresent()) {
            ProblemWriter.write(tooFast.get(), response);
            return;
        }
        try {
            Optional<Problem> stranger = reader.flatMap(spelling::refusal);
            if (stranger.isPresent()) {
                ProblemWriter.write(stranger.get(), response);
                return;
            }
            String path = Optional.ofNullable(request.getPathInfo()).orElse("/");
            Optional<AttachmentStore.Kept> found = PATH.matcher(path).matches()
                    ? StoreAnswer.of(store.find(path.substring(1), reader.map(Identity::key)))
                    : Optional.empty();
            if (found.isEmpty()) {
                ProblemWriter.write(
                        Problem.of(404, Problem.NOT_FOUND, "There is no such file that you may read."), response);
            } else if (Download.tag(found.get().attachment()).equals(request.getHeader("If-None-Match"))) {
                describe(found.get(), response);
                response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            } else if (hasBody) {
                send(found.get(), reader.map(Identity::key).orElse(address), request, response);
            } else {
                describe(found.get(), response);
            }
        } catch (StoreUnavailable e) {
            ProblemWriter.write(StoreAnswer.away(), response);
        }
    }

    private static void describe(AttachmentStore.Kept kept, HttpServletResponse response) {
        Download.headers(kept.attachment()).forEach(response::setHeader);
    }

    /** @param caller who may read so many at a time */
    private void send(
            AttachmentStore.Kept kept, String caller, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (!slots.take(caller)) {
            ProblemWriter.write(
                    Problem.of(503, Problem.TRY_LATER, "Too many files are being read at a time. Try again later.")
                            .with("Retry-After", "2"),
                    response);
            return;
        }
        boolean isUnderWay = false;
        try {
            String id = kept.attachment().id();
            // Before anything is said of the file: without its first part the answer is another one.
            byte[] first = StoreAnswer.of(store.part(id, 0)).orElse(new byte[0]);
            describe(kept, response);
            AsyncContext async = request.startAsync();
            async.setTimeout(FileStream.deadline(kept.attachment().size()).toMillis());
            FileStream stream = new FileStream(store, id, first, async, () -> slots.release(caller));
            async.addListener(stream);
            isUnderWay = true;
            response.getOutputStream().setWriteListener(stream);
        } finally {
            if (!isUnderWay) {
                slots.release(caller);
            }
        }
    }

    private Credentials.Verdict who(HttpServletRequest request, String address) {
        Optional<String> origin = Optional.ofNullable(request.getHeader("Origin"));
        Credentials.Verdict verdict = credentials.ofTokenOrTicket(
                address,
                Collections.list(request.getHeaders("Authorization")),
                Optional.ofNullable(request.getQueryString()).orElse(""),
                // For an image or a link a browser sends no Origin, not even to the page's own host.
                issuedFor -> origin.isEmpty() || origin.equals(issuedFor));
        return verdict instanceof Credentials.Verdict.Nobody && !settings.guests()
                ? new Credentials.Verdict.Refused(Credentials.unauthorized(
                        ErrorCode.LOGIN_REQUIRED,
                        "Send your token, Authorization: Bearer TOKEN, or bring a ticket, ?ticket=TICKET."))
                : verdict;
    }
}
