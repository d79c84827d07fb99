package dev.parley.acceptance.arquillian;

import dev.parley.acceptance.support.OwnServer;
import dev.parley.acceptance.support.ParleyDeployment;
import dev.parley.acceptance.support.Redis;
import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The server that all classes of tests in this JVM deploy to, one after the other: the same process and configuration
 * as {@code mvn -Prun}. A server that cannot deploy while it runs is started again for each change. Any other starts
 * once, and ends with this JVM.
 */
public final class SharedServer {
    private static final Duration READY = Duration.ofSeconds(120);
    private static final SharedServer INSTANCE = new SharedServer();

    private final ServerConfiguration configuration;
    private final Map<String, Path> wars = new HashMap<>();
    private Optional<RunningServer> running = Optional.empty();

    private SharedServer() {
        Path folder = ParleyDeployment.Built.FOLDER.resolve(ParleyDeployment.Built.SERVER.name());
        // For this run of the tests alone: names and ids of an earlier one are taken.
        Path data = folder.resolve("data-" + ProcessHandle.current().pid());
        configuration = ServerConfiguration.of(ParleyDeployment.Built.SERVER, ParleyDeployment.Built.WAR, folder)
                .settings(Map.of("parley.data", data.toString(), OwnServer.CREDENTIAL, "optional"))
                .plusSettings(Redis.settingsOfThisRun())
                .jvmOptions("-Xmx1g", "-XX:TieredStopAtLevel=1");
    }

    static SharedServer instance() {
        return INSTANCE;
    }

    /** The address of the root, with a slash at the end; the same for all starts. */
    public static URI http() {
        return URI.create("http://127.0.0.1:" + INSTANCE.configuration.port() + "/");
    }

    void deploy(String contextPath, Path war) {
        wars.put(contextPath, war);
        if (deploysWhileRunning()) {
            running().deploy(contextPath, war);
        } else {
            stop();
            running();
        }
    }

    void undeploy(String contextPath) {
        wars.remove(contextPath);
        if (deploysWhileRunning()) {
            running().undeploy(contextPath);
        } else {
            stop();
            if (!wars.isEmpty()) {
                running();
            }
        }
    }

    private static boolean deploysWhileRunning() {
        return ParleyDeployment.Built.SERVER.deploysWhileRunning();
    }

    private RunningServer running() {
        if (running.isEmpty()) {
            Map<String, Path> atStart = deploysWhileRunning() ? Map.of() : wars;
            running = Optional.of(configuration.wars(atStart).start().awaitStarted(READY));
        }
        return running.get();
    }

    private void stop() {
        running.ifPresent(RunningServer::stop);
        running = Optional.empty();
    }
}
