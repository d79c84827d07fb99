package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;

/** Receives the answer to a message or request: exactly one of the two methods is called, once, on the event loop. */
public interface SendCallback<T> {
    void succeeded(T answer);

    void failed(ParleyException why);
}
