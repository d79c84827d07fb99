package dev.parley.client;

/** Who waits for an answer: told one of the two, once, on the owner thread. */
interface Outcome<T> {
    void succeeded(T answer);

    void failed(ParleyException why);
}
