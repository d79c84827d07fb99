package dev.parley.client.internal.transport;

import java.util.function.Consumer;

/** Makes one attempt: fetches a token and opens a connection, elsewhere than on the event loop. */
public interface Dialer {
    /**
     * @param opened or else failed is told, once, from any thread
     * @return gives the attempt up; what it is told afterwards is of no interest, but a connection must be closed
     */
    Cancellable dial(
            Connector.TransportListener listener, Consumer<Transport> opened, Consumer<ConnectionFailure> failed);
}
