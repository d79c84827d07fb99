package dev.parley.server.container;

import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;

/**
 * Runs calls of a container with a context class loader that finds classes but no services. For Tyrus inside Payara: it
 * starts a timer for every frame, also for sessions without an idle timeout (seen with Tyrus 2.1), and Payara searches
 * all jars of the server and of the application for services to capture the context of a timer. That took half a
 * millisecond for each frame. Any thread.
 */
public final class ServiceFreeContext {
    private static final ClassLoader LOADER = new ClassLoader(ServiceFreeContext.class.getClassLoader()) {
        @Override
        public Enumeration<URL> getResources(String name) {
            return Collections.emptyEnumeration();
        }
    };

    private ServiceFreeContext() {}

    public static void run(Runnable call) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(LOADER);
        try {
            call.run();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
