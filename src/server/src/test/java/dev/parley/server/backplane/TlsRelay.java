package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Takes TLS connections in front of a service of this machine that has none, with a certificate that signs itself. Any
 * thread may close it.
 */
final class TlsRelay implements AutoCloseable {
    private static final String PASSWORD = "for a moment";

    private final ServerSocket listening;
    private final int service;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    /**
     * @param folder for the certificate
     * @param service port of the service
     */
    TlsRelay(Path folder, int service) throws IOException, GeneralSecurityException, InterruptedException {
        this.service = service;
        listening = context(folder.resolve("relay.p12").toFile())
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    private static SSLContext context(File file) throws IOException, GeneralSecurityException, InterruptedException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        PASSWORD,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1")
                .redirectErrorStream(true)
                .redirectOutput(new File(file.getParentFile(), "keytool.log"))
                .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).as("keytool ends").isTrue();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(KeyStore.getInstance(file, PASSWORD.toCharArray()), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    int port() {
        return listening.getLocalPort();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "tls relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket peer = listening.accept();
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), service);
                sockets.add(peer);
                sockets.add(upstream);
                start(() -> copy(peer, upstream));
                start(() -> copy(upstream, peer));
            } catch (IOException e) {
                // This relay was closed, or its peer has gone: the next one may come.
                continue;
            }
        }
    }

    /** Until one end has gone, which ends the other one; also the end of a handshake that the peer refuses. */
    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // The peer sees that its connection ends, or has ended it.
            return;
        } finally {
            sockets.remove(from);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
