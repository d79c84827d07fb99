package dev.parley.server.store.model;

import java.util.concurrent.CompletionException;

/** The failure of a {@link java.util.concurrent.CompletionStage}. */
public final class StageFailure {
    private StageFailure() {}

    /** The exception that failed the first stage, without the wrapper that stages which depend on it add. */
    public static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException ? failure.getCause() : failure;
    }
}
