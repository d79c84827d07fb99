package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.config.Settings;
import dev.parley.server.handshake.CallerReader;
import dev.parley.server.handshake.Credentials;
import dev.parley.server.handshake.Problem;
import dev.parley.server.handshake.ProblemWriter;
import dev.parley.server.handshake.TrustedProxies;
import dev.parley.server.session.Identity;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.StoreUnavailable;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code /attachments/ID}: files beside chat messages, for whoever may read the room: everybody who brings a token or
 * a one-time ticket; without a credential where guests may read it too. What does not exist and what is not yours look alike.
 */
@WebServlet("/attachments/*")
public class AttachmentServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    /** Not every store can be asked for any text. */
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9_-]{1,64}");

    @Inject
    private transient AttachmentStore store;

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
        Credentials.Verdict verdict = who(request);
        if (verdict instanceof Credentials.Verdict.Refused refused) {
            ProblemWriter.write(refused.problem(), response);
            return;
        }
        Optional<Identity> who =
                verdict instanceof Credentials.Verdict.Known known ? Optional.of(known.identity()) : Optional.empty();
        try {
            Optional<Problem> stranger = who.flatMap(spelling::refusal);
            if (stranger.isPresent()) {
                ProblemWriter.write(stranger.get(), response);
                return;
            }
            String path = Optional.ofNullable(request.getPathInfo()).orElse("/");
            Optional<AttachmentStore.Kept> found = PATH.matcher(path).matches()
                    ? StoreAnswer.of(store.find(path.substring(1), who.map(Identity::key)))
                    : Optional.empty();
            if (found.isEmpty()) {
                ProblemWriter.write(
                        Problem.of(404, Problem.NOT_FOUND, "There is no such file that you may read."), response);
            } else {
                serve(found.get(), request, response, hasBody);
            }
        } catch (StoreUnavailable e) {
            // Whatever was said of the file already, its length above all.
            response.reset();
            ProblemWriter.write(
                    Problem.of(503, ErrorCode.STORE_UNAVAILABLE.wireName(), "The store does not answer at the moment.")
                            .with("Retry-After", "2"),
                    response);
        }
    }

    private Credentials.Verdict who(HttpServletRequest request) {
        Optional<String> origin = Optional.ofNullable(request.getHeader("Origin"));
        Credentials.Verdict verdict = credentials.ofTokenOrTicket(
                CallerReader.read(request, proxies).address(),
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

    private void serve(
            AttachmentStore.Kept kept, HttpServletRequest request, HttpServletResponse response, boolean hasBody)
            throws IOException {
        Download.headers(kept.attachment()).forEach(response::setHeader);
        if (Download.tag(kept.attachment()).equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        if (!hasBody) {
            return;
        }
        OutputStream out = response.getOutputStream();
        for (int number = 0; ; number++) {
            // Part by part: a file may be longer than what many readers at a time leave of the heap.
            Optional<byte[]> part = StoreAnswer.of(store.part(kept.attachment().id(), number));
            if (part.isEmpty()) {
                return;
            }
            out.write(part.get());
        }
    }
}
