package dev.parley.server.container;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import java.util.Optional;

/** Calls of a container's own methods. */
public final class ContainerCalls {
    private ContainerCalls() {}

    /** The server's own request below all wrappers; empty if a wrapper hides it. */
    static Optional<ServletRequest> innermost(ServletRequest request) {
        ServletRequest inner = request;
        while (inner instanceof ServletRequestWrapper wrapper) {
            inner = wrapper.getRequest();
        }
        return Optional.ofNullable(inner);
    }

    /** Whether the object has this public method without parameters. */
    public static boolean has(Object target, String method) {
        try {
            target.getClass().getMethod(method);
            return true;
        } catch (NoSuchMethodException e) { // another container
            return false;
        }
    }

    /** @throws ReflectiveOperationException if there is no such method, or it fails */
    public static Object call(Object target, String method) throws ReflectiveOperationException {
        return target.getClass().getMethod(method).invoke(target);
    }
}
