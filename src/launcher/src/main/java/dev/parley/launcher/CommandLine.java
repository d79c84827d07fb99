package dev.parley.launcher;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command that starts a server. It is the Java command that bin/standalone.sh of WildFly 39 ends with, called
 * directly. So the started process is the server itself, and signals reach the server and not a shell.
 */
final class CommandLine {
    private CommandLine() {}

    static List<String> of(WildFly wildFly, ServerFolder folder) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(wildFly.jvmOptions());
        command.addAll(STANDALONE_SH);
        if (wildFly.log() == WildFly.Log.FILE) {
            command.add("-Dorg.jboss.logmanager.nocolor=true");
        }
        command.add("-Dorg.jboss.boot.log.file=" + folder.bootLog());
        command.add("-Dlogging.configuration="
                + folder.configuration().resolve("logging.properties").toUri());
        command.add("-jar");
        command.add(wildFly.home().resolve("jboss-modules.jar").toString());
        command.add("-mp");
        command.add(paths(Stream.concat(
                        wildFly.modules().stream(), Stream.of(wildFly.home().resolve("modules")))
                .toList()));
        command.add("org.jboss.as.standalone");
        command.add("-Djboss.home.dir=" + wildFly.home());
        command.add("-Djboss.server.base.dir=" + wildFly.base());
        command.add("-Djboss.bind.address=127.0.0.1");
        command.add("-Djboss.bind.address.management=127.0.0.1");
        command.add("-Djboss.http.port=" + wildFly.port());
        command.add("-Djboss.https.port=" + wildFly.httpsPort());
        // The management port is not used. Any free port, so that several servers can run at the same time.
        command.add("-Djboss.management.http.port=0");
        // Without a node id, WildFly logs a warning.
        command.add("-Djboss.tx.node.id=parley-" + wildFly.port());
        command.add("--properties=" + folder.settings());
        command.add("--yaml=" + paths(wildFly.yamls()));
        return List.copyOf(command);
    }

    private static String paths(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** The JVM options that bin/standalone.conf and bin/common.sh set for every server, without the heap. */
    private static final List<String> STANDALONE_SH = List.of(
            "-Djava.net.preferIPv4Stack=true",
            "-Djava.awt.headless=true",
            "-Djboss.modules.system.pkgs=org.jboss.byteman",
            "-Djdk.serialFilter=maxbytes=10485760;maxdepth=128;maxarray=100000;maxrefs=300000",
            "--add-exports=java.desktop/sun.awt=ALL-UNNAMED",
            "--add-exports=java.naming/com.sun.jndi.ldap=ALL-UNNAMED",
            "--add-exports=java.naming/com.sun.jndi.url.ldap=ALL-UNNAMED",
            "--add-exports=java.naming/com.sun.jndi.url.ldaps=ALL-UNNAMED",
            "--add-exports=jdk.naming.dns/com.sun.jndi.dns=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.net=ALL-UNNAMED",
            "--add-opens=java.base/java.security=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
            "--add-opens=java.management/javax.management=ALL-UNNAMED",
            "--add-opens=java.naming/javax.naming=ALL-UNNAMED");
}
