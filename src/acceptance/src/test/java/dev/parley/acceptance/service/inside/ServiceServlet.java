package dev.parley.acceptance.service.inside;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/** The HTTP interface through which a test controls the service and reads its state. */
@WebServlet("/*")
public class ServiceServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Inject
    private transient Service service;

    @Inject
    private transient SingleConnection single;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try {
            response.getWriter().print(answer(request));
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    private String answer(HttpServletRequest request) throws Exception {
        switch (request.getPathInfo()) {
            case "/connect" ->
                service.connect(URI.create(request.getParameter("uri")), List.of(request.getParameterValues("token")));
            case "/say" -> {
                return Long.toString(service.say(request.getParameter("content")));
            }
            case "/heard" -> {
                return service.heard();
            }
            case "/state" -> {
                return service.state();
            }
            case "/losses" -> {
                return service.losses();
            }
            case "/talk" -> {
                return single.talk(
                        URI.create(request.getParameter("uri")),
                        request.getParameter("token"),
                        request.getParameter("content"));
            }
            case "/endings" -> {
                return single.endings();
            }
            default -> throw new ServletException("No such thing: " + request.getPathInfo());
        }
        return "";
    }
}
