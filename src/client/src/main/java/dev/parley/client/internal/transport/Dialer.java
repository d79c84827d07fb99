package dev.parley.client.internal.transport;

import java.util.function.Consumer;

/** Makes one attempt: fetches a token and opens a connection, on a thread other than the event loop. */
public interface Dialer {
    /**
     * @param opened called with the connection; exactly one of the two is called, once, from any thread
     * @param failed called with the failure
     * @return gives the attempt up; a failure is then ignored, but a connection that opens later must be closed
     */
    Cancellable dial(
            Connector.TransportListener listener, Consumer<Transport> opened, Consumer<ConnectionFailure> failed);
}
