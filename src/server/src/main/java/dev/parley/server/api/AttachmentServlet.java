package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.config.Settings;
import dev.parley.server.handshake.Bearer;
import dev.parley.server.handshake.Problem;
import dev.parley.server.handshake.ProblemWriter;
import dev.parley.server.handshake.TokenVerifier;
import dev.parley.server.session.TokenVerdict;
import dev.parley.server.store.AttachmentStore;
import dev.parley.server.store.StoreUnavailable;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * {@code /attachments/ID}: files beside chat messages, for whoever may read the room: everybody who is signed in; without a
 * credential where guests may read it too. What does not exist and what is not yours look alike.
 */
@WebServlet("/attachments/*")
public class AttachmentServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final Duration STORE_DEADLINE = Duration.ofSeconds(10);
    /** Not every store can be asked for any text. */
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9_-]{1,64}");

    @Inject
    private transient AttachmentStore store;

    @Inject
    private transient TokenVerifier tokens;

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
        Optional<Problem> stranger = stranger(Optional.ofNullable(request.getHeader("Authorization")));
        if (stranger.isPresent()) {
            answer(stranger.get(), response);
            return;
        }
        try {
            String path = Optional.ofNullable(request.getPathInfo()).orElse("/");
            Optional<AttachmentStore.Kept> found =
                    PATH.matcher(path).matches() ? await(store.find(path.substring(1))) : Optional.empty();
            if (found.isEmpty() || found.get().room().isPrivate()) {
                answer(Problem.of(404, "not_found", "There is no such file that you may read."), response);
            } else {
                serve(found.get(), request, response, hasBody);
            }
        } catch (StoreUnavailable e) {
            answer(
                    Problem.of(503, ErrorCode.STORE_UNAVAILABLE.wireName(), "The store does not answer at the moment.")
                            .with("Retry-After", "2"),
                    response);
        }
    }

    private Optional<Problem> stranger(Optional<String> authorization) {
        if (authorization.isEmpty()) {
            return settings.guests()
                    ? Optional.empty()
                    : Optional.of(unauthorized(
                            ErrorCode.LOGIN_REQUIRED.wireName(), "Send your token: Authorization: Bearer TOKEN."));
        }
        Optional<String> token = Bearer.token(authorization.get());
        if (token.isEmpty()) {
            return Optional.of(unauthorized(ErrorCode.LOGIN_REFUSED.wireName(), Bearer.EXPECTED));
        }
        TokenVerdict verdict = tokens.check(token.get());
        if (verdict instanceof TokenVerdict.Unknown unknown) {
            return Optional.of(Problem.of(503, "try_later", unknown.reason()).with("Retry-After", "2"));
        }
        return verdict instanceof TokenVerdict.Refused refused
                ? Optional.of(unauthorized(refused.code().wireName(), refused.reason()))
                : Optional.empty();
    }

    private static Problem unauthorized(String code, String detail) {
        return Problem.of(401, code, detail).with("WWW-Authenticate", "Bearer");
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
            Optional<byte[]> part = await(store.part(kept.attachment().id(), number));
            if (part.isEmpty()) {
                return;
            }
            out.write(part.get());
        }
    }

    private static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(STORE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreUnavailable away) {
                throw away;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new StoreUnavailable("The database did not answer in time.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("The server stops.", e);
        }
    }

    private static void answer(Problem problem, HttpServletResponse response) throws IOException {
        response.reset();
        ProblemWriter.write(problem, response);
    }
}
