package dev.parley.server.api.messages;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.Position;
import dev.parley.server.api.AsyncResponses;
import dev.parley.server.api.CanonicalUsernameCheck;
import dev.parley.server.api.CrossOrigin;
import dev.parley.server.api.ProblemMapper;
import dev.parley.server.api.RequestRate;
import dev.parley.server.auth.AllowedOrigins;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.config.Settings;
import dev.parley.server.container.ContainerKind;
import dev.parley.server.dispatch.RateLimiter;
import dev.parley.server.dispatch.requests.HttpReaders;
import dev.parley.server.dispatch.requests.ReadRequest;
import dev.parley.server.http.ClientAddress;
import dev.parley.server.http.ClientAddressReader;
import dev.parley.server.http.Problem;
import dev.parley.server.http.ProblemWriter;
import dev.parley.server.http.TrustedProxies;
import dev.parley.server.session.SessionExecutor;
import dev.parley.server.store.model.StageFailure;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code /api/channels/CHANNEL/messages} with {@code Accept: text/event-stream}: the messages of a channel as
 * server-sent events. A filter before JAX-RS, because the streams of JAX-RS wait for slow readers on some servers. The
 * checks are those of {@code /api}. All other requests pass.
 */
public class EventStreamFilter implements Filter {
    private static final String EVENT_STREAM = "text/event-stream";
    private static final Pattern PATH = Pattern.compile("/api/channels/((?:room/)?[^/;]+)/messages");

    /** Beyond it, the server ends a response whose reader does not read. */
    private static final Duration TIMEOUT = ReadRequest.STREAM_MAX.plusSeconds(30);

    /** Threads for writes that wait for their readers; one slow reader occupies one thread. */
    private static final int WRITERS_MAX = 128;

    /** Streams of a node: each has one task at a time. */
    private static final int WAITING_MAX = 1_000_000;

    @Inject
    private HttpReaders readers;

    @Inject
    private Credentials credentials;

    @Inject
    private AllowedOrigins origins;

    @Inject
    private TrustedProxies proxies;

    @Inject
    private RateLimiter rateLimiter;

    @Inject
    private CanonicalUsernameCheck usernames;

    @Inject
    private AsyncResponses responses;

    @Inject
    private Settings settings;

    @Resource
    private ManagedThreadFactory threads;

    /** Has no thread while it has nothing to do. */
    private SessionExecutor writers;

    private volatile boolean isDestroyed;

    @Override
    public void init(FilterConfig config) {
        writers = new SessionExecutor(threads, WRITERS_MAX, WAITING_MAX);
    }

    @Override
    public void destroy() {
        isDestroyed = true;
        writers.close();
    }

    /** Rejects tasks at the end, when the executor would run them on threads that must not wait. */
    private void write(Runnable task) {
        if (isDestroyed) {
            throw new RejectedExecutionException("The application stops.");
        }
        writers.execute(task);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        Optional<String> channel = isEventStreamAccepted(http) ? channel(http) : Optional.empty();
        if (channel.isPresent()) {
            stream(http, (HttpServletResponse) response, channel.get());
        } else {
            chain.doFilter(request, response);
        }
    }

    private static boolean isEventStreamAccepted(HttpServletRequest http) {
        return http.getMethod().equals("GET")
                && headers(http, "Accept").stream()
                        .flatMap(accept -> Stream.of(accept.split(",")))
                        .map(range -> range.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT))
                        .anyMatch(EVENT_STREAM::equals);
    }

    /** The channel of the path, which is still encoded; empty if it is another path. */
    private static Optional<String> channel(HttpServletRequest http) {
        Matcher path = PATH.matcher(
                http.getRequestURI().substring(http.getContextPath().length()));
        return path.matches() ? Optional.of(path.group(1)) : Optional.empty();
    }

    private static List<String> headers(HttpServletRequest http, String name) {
        return Collections.list(http.getHeaders(name));
    }

    private void stream(HttpServletRequest http, HttpServletResponse response, String channel) throws IOException {
        ClientAddress client = ClientAddressReader.read(http, proxies);
        List<String> named = headers(http, "Origin");
        response.addHeader("Vary", "Origin");
        if (!named.isEmpty() && !origins.isAllowed(named, client.origin())) {
            ProblemWriter.write(AllowedOrigins.problem(), response);
            return;
        }
        named.forEach(origin -> CrossOrigin.headers(origin).forEach(response::setHeader));
        Credentials.Verdict verdict = credentials.ofToken(
                client.address(),
                headers(http, "Authorization"),
                Optional.ofNullable(http.getQueryString()).orElse(""));
        if (verdict instanceof Credentials.Verdict.Known known) {
            try {
                admitted(http, response, known.identity(), channel);
            } catch (InvalidMessage e) {
                ProblemWriter.write(ProblemMapper.problem(e), response);
            }
        } else {
            ProblemWriter.write(
                    verdict instanceof Credentials.Verdict.Refused refused
                            ? refused.problem()
                            : Credentials.unauthorized(
                                    ErrorCode.LOGIN_REQUIRED, "Send your token: Authorization: Bearer TOKEN."),
                    response);
        }
    }

    private void admitted(HttpServletRequest http, HttpServletResponse response, Identity who, String channel)
            throws IOException {
        Optional<Problem> tooFast = RequestRate.refusal(rateLimiter.takeRequest(who));
        if (tooFast.isPresent()) {
            ProblemWriter.write(tooFast.get(), response);
            return;
        }
        Channel named = ReadParameters.channel(decoded(channel));
        start(http, who, ReadParameters.of(who, named), after(http));
    }

    private static String decoded(String segment) {
        try {
            // A plus sign is itself in a path.
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw (InvalidMessage)
                    new InvalidMessage(ErrorCode.BAD_MESSAGE, "The path holds a malformed escape.").initCause(e);
        }
    }

    /** The header counts before the parameter: a client that comes back asks the same address. */
    private static Optional<Position> after(HttpServletRequest http) {
        Optional<String> last = Optional.ofNullable(http.getHeader("Last-Event-ID"));
        return last.isPresent()
                ? ReadParameters.position("Last-Event-ID", last)
                : ReadParameters.position("after", Optional.ofNullable(http.getParameter("after")));
    }

    private void start(HttpServletRequest http, Identity who, Channel channel, Optional<Position> after)
            throws IOException {
        AsyncContext async = http.startAsync();
        async.setTimeout(TIMEOUT.toMillis());
        ServletOutputStream out = async.getResponse().getOutputStream();
        // As with downloads: see AttachmentServlet.
        boolean isBlocking = ContainerKind.of(out) == ContainerKind.OPEN_LIBERTY;
        EventStream stream = new EventStream(
                channel,
                async,
                new EventStream.Writers(isBlocking ? this::write : async::start, isBlocking),
                failure -> ProblemMapper.problem(StageFailure.cause(failure)),
                settings.heartbeatInterval(),
                output -> readers.stream(who, channel, after, output));
        async.addListener(stream);
        if (!isBlocking) {
            out.setWriteListener(stream);
        }
        responses.inTime(usernames.refusal(who)).whenComplete((refusal, failure) -> {
            if (failure != null) {
                stream.ended(failure);
            } else {
                refusal.ifPresentOrElse(problem -> stream.ended(new Problem.Refused(problem)), stream::begin);
            }
        });
    }
}
