package dev.parley.server.http;

import dev.parley.server.log.LogThrottle;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The error page of web.xml for every status and exception. Without it the server would show a page of its own, with
 * its name and a stack trace. A direct request gets 404.
 */
public class ErrorServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient LogThrottle log =
            new LogThrottle(System.getLogger(ErrorServlet.class.getName()), System::nanoTime);

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean isError = request.getDispatcherType() == DispatcherType.ERROR;
        Problem problem =
                Problem.ofStatus(isError ? (int) request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) : 404);
        // Open Liberty also has an exception for an address at which there is nothing.
        if (problem.status() == HttpServletResponse.SC_INTERNAL_SERVER_ERROR) {
            logBug(request.getAttribute(RequestDispatcher.ERROR_EXCEPTION));
        }
        ProblemWriter.write(problem.status() == 405 ? ReadOnlyFilter.METHOD_NOT_ALLOWED : problem, response);
    }

    /** @param thrown null if a status was set instead */
    private void logBug(Object thrown) {
        Object cause = thrown instanceof ServletException wrapped && wrapped.getRootCause() != null
                ? wrapped.getRootCause()
                : thrown;
        // An IOException is caused by the peer or the network.
        if (cause instanceof Throwable bug && !(bug instanceof IOException)) {
            log.error("A bug outside the HTTP API; the request was answered 500.", bug);
        }
    }
}
