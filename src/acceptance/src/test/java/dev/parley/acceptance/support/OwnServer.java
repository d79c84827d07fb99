package dev.parley.acceptance.support;

import dev.parley.launcher.RunningServer;
import dev.parley.launcher.ServerConfiguration;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A server that a test starts itself, because the test kills or measures it. */
public final class OwnServer {
    public static final Duration READY = Duration.ofSeconds(90);
    /** With only the C1 compiler a start takes half the CPU time: 12 s instead of 23 s. */
    private static final String[] QUICK_START = {"-Xmx1g", "-XX:TieredStopAtLevel=1"};
    /** The options of production. */
    private static final String[] LONG_RUN = {"-Xmx1g"};

    /** The setting that server-config/liberty changes. Most tests need its default. */
    public static final String CREDENTIAL = "parley.handshake.credential";

    private OwnServer() {}

    /** A server in its own folder, with an empty database. */
    public static ServerConfiguration named(String name, Map<String, String> settings) {
        Path folder = ServerFolders.create(name);
        Map<String, String> all = new HashMap<>(Redis.settingsOfThisRun());
        all.putAll(settings);
        all.put("parley.data", folder.resolve("data").toString());
        all.putIfAbsent(CREDENTIAL, "optional");
        return ServerConfiguration.of(ParleyDeployment.Built.SERVER, ParleyDeployment.Built.WAR, folder)
                .jvmOptions(Faults.isLong() ? LONG_RUN : QUICK_START)
                .settings(all);
    }

    /** The address of {@code /chat}, as soon as the server is ready. */
    public static URI chat(RunningServer server) {
        return ws(server.awaitReady(READY).baseUri(), "/chat");
    }

    public static URI ws(URI http, String path) {
        return URI.create("ws://" + http.getAuthority() + path);
    }
}
