package dev.parley.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.CloseCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the README compile as they stand, and the first one runs. */
@Timeout(60)
class ReadmeTest {
    private static final int PATIENCE_SECONDS = 20;
    private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("^(?:public )?final class (\\w+)", Pattern.MULTILINE);
    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final String URI_OF_THE_README = "ws://localhost:8080";

    private final TalkingServer server = new TalkingServer();

    @TempDir
    private Path classes;

    private List<String> programs;

    /** Source text in memory. */
    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("memory:/" + name(text) + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static String name(String program) {
        return CLASS.matcher(program).results().findFirst().orElseThrow().group(1);
    }

    @BeforeEach
    void read() throws IOException {
        programs = PROGRAM.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void compile(String program) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options =
                List.of("-d", classes.toString(), "-classpath", CLASS_PATH, "-proc:none", "--release", "17");
        List<JavaFileObject> sources = List.of(new Source(program));
        assertThat(compiler.getTask(null, null, null, options, null, sources).call())
                .as(program)
                .isTrue();
    }

    @Test
    void everyProgramCompiles() {
        assertThat(programs).hasSize(2);
        programs.forEach(this::compile);
    }

    /** The JVM runs as long as the client is connected, though its main method has returned, and ends with it. */
    @Test
    void firstProgramRunsUntilItsClientIsClosed() throws Exception {
        String program = programs.get(0);
        assertThat(program).contains('"' + URI_OF_THE_README + '"');
        compile(program.replace(URI_OF_THE_README, "ws://" + server.uri().getAuthority()));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-classpath",
                        classes + System.getProperty("path.separator") + CLASS_PATH,
                        name(program))
                .redirectErrorStream(true)
                .start();
        try (TalkingServer.Connection connection = server.signIn();
                BufferedReader output = process.inputReader()) {
            assertThat(connection.login().username()).contains("builder");
            connection.joined(connection.next(ClientMessage.Join.class), TalkingServer.at(0), false);
            ClientMessage.Chat chat = connection.next(ClientMessage.Chat.class);
            connection.acks(chat, 1);
            assertThat(lineWith(output, "stored as")).isEqualTo("stored as 1");
            connection.chat("builds", 1);
            assertThat(lineWith(output, "builds 1")).isEqualTo("bert: builds 1");
            assertThat(process.waitFor(500, TimeUnit.MILLISECONDS))
                    .as("ended although it is connected")
                    .isFalse();
            connection.closes(CloseCode.REVOKED.number());
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("ended with its client")
                    .isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    /** The next line with this text; lines of the log may come before it. */
    private static String lineWith(BufferedReader output, String text) throws IOException {
        String line = output.readLine();
        while (line != null && !line.contains(text)) {
            line = output.readLine();
        }
        return line;
    }
}
