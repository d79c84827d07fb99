package dev.parley.client.internal.outbound;

import dev.parley.client.ParleyException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Completes the application's futures, on a thread where the application's code may run and block. */
public final class Results {
    private final Executor thread;

    public Results(Executor thread) {
        this.thread = thread;
    }

    /**
     * @param limit released together with the completion
     * @param bytes the bytes to release
     */
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
                // Released on this thread, so that an application that blocks it cannot send without limit.
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
