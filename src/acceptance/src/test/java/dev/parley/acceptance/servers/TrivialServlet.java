package dev.parley.acceptance.servers;

import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The only class of a trivial application. */
@WebServlet("/trivial")
public class TrivialServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    /** Reachable as long as the class loader of the application is. */
    private static final TrivialServlet WITNESS = new TrivialServlet();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.getWriter().print(WITNESS.getClass().getName());
    }
}
