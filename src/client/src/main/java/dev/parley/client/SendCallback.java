package dev.parley.client;

/** Who waits for an answer: told one of the two, once, on the event loop. */
interface SendCallback<T> {
    void succeeded(T answer);

    void failed(ParleyException why);
}
