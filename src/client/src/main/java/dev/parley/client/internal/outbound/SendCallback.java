package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;

/** Who waits for an answer: told one of the two, once, on the event loop. */
public interface SendCallback<T> {
    void succeeded(T answer);

    void failed(ParleyException why);
}
