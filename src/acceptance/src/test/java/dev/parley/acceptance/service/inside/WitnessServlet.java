package dev.parley.acceptance.service.inside;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.stream.Collectors;

/** Lists the live threads, one name per line. It runs in another application of the same server. */
@WebServlet("/threads")
public class WitnessServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.getWriter()
                .print(Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .collect(Collectors.joining("\n")));
    }
}
