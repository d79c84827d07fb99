package dev.parley.server.api;

import dev.parley.server.handshake.Problem;
import dev.parley.server.handshake.ProblemWriter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Where the server would show a page of its own, with its name and a stack trace on it: the error page of web.xml for every
 * status and exception. Asked directly, it is not there.
 */
public class ErrorServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean isError = request.getDispatcherType() == DispatcherType.ERROR;
        Problem problem =
                Problem.ofStatus(isError ? (int) request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) : 404);
        // What is not under /api is only read.
        ProblemWriter.write(problem.status() == 405 ? problem.with("Allow", "GET, HEAD") : problem, response);
    }
}
