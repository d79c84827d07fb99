package dev.parley.bench.system;

import dev.parley.bench.machine.ProcessUsage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server that is one process: it listens on a free port, and prints {@code listening on PORT} once it does. */
final class PeerProcess implements RunningTarget {
    private static final String LISTENING = "listening on ";
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(5);

    private final Process process;
    private final boolean isJvm;
    private final String description;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    private PeerProcess(Process process, boolean isJvm, String description) {
        this.process = process;
        this.isJvm = isJvm;
        this.description = description;
    }

    /** @param log file for its output */
    static PeerProcess start(List<String> command, Path folder, Path log, boolean isJvm, String description) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            PeerProcess peer = new PeerProcess(process, isJvm, description);
            Thread output = new Thread(() -> peer.read(log), "output-of-peer");
            output.setDaemon(true);
            output.start();
            peer.awaitPort(log);
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(Path log) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            Files.writeString(log, "");
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(LISTENING)) {
                    port.complete(Integer.parseInt(line.substring(LISTENING.length())));
                }
                Files.writeString(log, line + "\n", StandardOpenOption.APPEND);
            }
            port.completeExceptionally(new IllegalStateException("It ended before it listened; see " + log));
        } catch (IOException e) {
            port.completeExceptionally(e);
        }
    }

    private void awaitPort(Path log) {
        try {
            port.get(START.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            close();
            throw new IllegalStateException(description + " did not start", e.getCause());
        } catch (TimeoutException e) {
            close();
            throw new IllegalStateException(description + " did not listen within " + START + "; see " + log, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port.join());
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public boolean isJvm() {
        return isJvm;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public ProcessUsage databaseUsage() {
        return new ProcessUsage(Duration.ZERO, 0);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit()
                .completeOnTimeout(process, STOP.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        process.destroyForcibly();
    }
}
