package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Completes what the application waits for, on a thread where the application's code may run and even block. */
public final class Results {
    private final Executor thread;

    public Results(Executor thread) {
        this.thread = thread;
    }

    /** @param limit to which the bytes are given back with the result */
    public <T> SendCallback<T> to(CompletableFuture<T> future, CapacityLimit limit, long bytes) {
        return new SendCallback<>() {
            @Override
            public void succeeded(T answer) {
                settle(() -> future.complete(answer));
            }

            @Override
            public void failed(ParleyException why) {
                settle(() -> future.completeExceptionally(why));
            }

            private void settle(Runnable completion) {
                // Given back only when its turn has come: who blocks this thread cannot send without end.
                thread.execute(() -> {
                    limit.release(bytes);
                    completion.run();
                });
            }
        };
    }

    public <T> void complete(CompletableFuture<T> future, T value) {
        thread.execute(() -> future.complete(value));
    }

    public void fail(CompletableFuture<?> future, ParleyException why) {
        thread.execute(() -> future.completeExceptionally(why));
    }
}
