package dev.parley.acceptance.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.support.ParleyDeployment;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A run command in a JVM of its own, which takes the place of Maven's. */
final class RunningCommand implements AutoCloseable {
    private static final int ENDED_BY_SIGTERM = 128 + 15;

    private final Process process;
    private final BufferedReader output;

    private RunningCommand(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /**
     * @param main class of the command
     * @param work folder that outlives a build
     */
    static RunningCommand start(Class<?> main, Path work, String... properties) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "-Dparley.http.port=0"));
        command.addAll(List.of(properties));
        command.addAll(List.of(
                main.getName(),
                ParleyDeployment.Built.SERVER.name(),
                ParleyDeployment.Built.SERVER.home().toString(),
                ParleyDeployment.Built.CONFIGURATION.toString(),
                ParleyDeployment.Built.WAR.toString(),
                work.toString()));
        return new RunningCommand(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** Reads its output up to a line like this. */
    MatchResult nextLineLike(Pattern pattern) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher found = pattern.matcher(line);
            if (found.matches()) {
                return found.toMatchResult();
            }
        }
        throw new AssertionError("The run ended without a line like " + pattern);
    }

    /** The rest of its output, up to its end. */
    List<String> lines() {
        return output.lines().toList();
    }

    List<ProcessHandle> children() {
        return process.children().toList();
    }

    int awaitEnd() throws InterruptedException {
        return process.waitFor();
    }

    /** Ends it as Ctrl-C does, and returns the rest of its output. */
    List<String> stop() throws InterruptedException {
        // By its handle: Process.destroy would also close the output, and the server could not write its last log
        // lines.
        process.toHandle().destroy();
        List<String> goodbye = lines();
        assertThat(goodbye).noneMatch(line -> line.contains("ended by itself"));
        assertThat(process.waitFor()).isEqualTo(ENDED_BY_SIGTERM);
        return goodbye;
    }

    /** The process of PostgreSQL, which is no descendant of the command. */
    static ProcessHandle postmaster(Path data) throws IOException {
        String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0);
        return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        // Not forcibly: then it could not end PostgreSQL, which is no descendant.
        process.toHandle().destroy();
        process.onExit().join();
    }
}
