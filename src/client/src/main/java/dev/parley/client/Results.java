package dev.parley.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Completes what the application waits for, on a thread where the application's code may run and even block. */
final class Results {
    private final Executor thread;

    Results(Executor thread) {
        this.thread = thread;
    }

    /** @param admission to which the bytes are given back with the result */
    <T> Outcome<T> to(CompletableFuture<T> future, Admission admission, long bytes) {
        return new Outcome<>() {
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
                    admission.leave(bytes);
                    completion.run();
                });
            }
        };
    }

    <T> void complete(CompletableFuture<T> future, T value) {
        thread.execute(() -> future.complete(value));
    }

    void fail(CompletableFuture<?> future, ParleyException why) {
        thread.execute(() -> future.completeExceptionally(why));
    }
}
