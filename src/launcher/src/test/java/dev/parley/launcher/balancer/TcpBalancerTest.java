package dev.parley.launcher.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The balancer in front of nodes that say their names. */
@Timeout(30)
class TcpBalancerTest {
    private static final Duration CHECK = Duration.ofMillis(20);
    private static final TcpBalancer.Limits LIMITS = new TcpBalancer.Limits(10, Duration.ofSeconds(60), CHECK);
    private static final int POLL_MILLIS = 10;

    private final List<AutoCloseable> started = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : started) {
            one.close();
        }
    }

    /** A node that answers every request with its name, and is ready until it is told otherwise. */
    private final class Node implements AutoCloseable {
        private final HttpServer http;
        private volatile int health = 200;

        Node(String name) throws IOException {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.setExecutor(Executors.newCachedThreadPool());
            http.createContext("/", exchange -> {
                byte[] body = name.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(
                        exchange.getRequestURI().getPath().equals("/health/ready") ? health : 200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            http.start();
            started.add(this);
        }

        int port() {
            return http.getAddress().getPort();
        }

        @Override
        public void close() {
            http.stop(0);
        }
    }

    private TcpBalancer balancer(TcpBalancer.Limits limits, Integer... nodes) throws IOException {
        TcpBalancer balancer = TcpBalancer.start(0, List.of(nodes), limits);
        started.add(0, balancer);
        return balancer;
    }

    private static Socket connect(TcpBalancer balancer) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), balancer.address().getPort());
    }

    /** The name of the node that a new connection reaches; empty if it reaches none. */
    private static String ask(TcpBalancer balancer) {
        try (Socket socket = connect(balancer)) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(answer.lastIndexOf('\n') + 1);
        } catch (IOException e) {
            return "";
        }
    }

    private static List<String> ask(TcpBalancer balancer, int times) {
        return Stream.generate(() -> ask(balancer)).limit(times).toList();
    }

    private static void awaitReady(TcpBalancer balancer, Node node, boolean isReady) throws InterruptedException {
        while (balancer.isReady(node.port()) != isReady) {
            Thread.sleep(POLL_MILLIS);
        }
    }

    @Test
    void connectionsGoToTheNodesInTurn() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        TcpBalancer balancer = balancer(LIMITS, one.port(), two.port());
        awaitReady(balancer, one, true);
        awaitReady(balancer, two, true);
        assertThat(ask(balancer, 4)).containsExactly("one", "two", "one", "two");
    }

    @Test
    void nodeThatIsNotReadyGetsNoNewConnectionsUntilItIs() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        one.health = 503;
        TcpBalancer balancer = balancer(LIMITS, one.port(), two.port());
        awaitReady(balancer, two, true);
        assertThat(ask(balancer, 4)).containsOnly("two");

        one.health = 200;
        awaitReady(balancer, one, true);
        assertThat(ask(balancer, 4)).contains("one", "two");
    }

    @Test
    void nodeThatEndedIsPassedBy() throws Exception {
        Node one = new Node("one");
        Node two = new Node("two");
        TcpBalancer balancer = balancer(LIMITS, one.port(), two.port());
        awaitReady(balancer, one, true);
        awaitReady(balancer, two, true);
        // At once, before a check has found it.
        one.close();
        assertThat(ask(balancer, 4)).containsOnly("two");
        awaitReady(balancer, one, false);
    }

    /** A database that is away makes all nodes unready, but they still answer. */
    @Test
    void nodesAreUsedWhenNoneIsReady() throws Exception {
        Node one = new Node("one");
        one.health = 503;
        assertThat(ask(balancer(LIMITS, one.port()))).isEqualTo("one");
    }

    @Test
    void clientIsDisconnectedWhereNoNodeRuns() throws Exception {
        Node ended = new Node("ended");
        TcpBalancer balancer = balancer(LIMITS, ended.port());
        ended.close();
        assertThat(ask(balancer)).isEmpty();
    }

    @Test
    void bothDirectionsStayOpenUntilBothHaveEnded() throws Exception {
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpBalancer balancer = balancer(LIMITS, node.getLocalPort());
            try (Socket client = connect(balancer);
                    Socket served = accept(node, 'a', client)) {
                client.shutdownOutput();
                assertThat(served.getInputStream().read()).isEqualTo(-1);
                served.getOutputStream().write('b');
                assertThat(client.getInputStream().read()).isEqualTo('b');
                served.shutdownOutput();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void clientSeesTheEndOfItsNode() throws Exception {
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpBalancer balancer = balancer(LIMITS, node.getLocalPort());
            try (Socket client = connect(balancer)) {
                Socket served = accept(node, 'a', client);
                // As the system of a process that was killed: with a reset.
                served.setSoLinger(true, 0);
                served.close();
                assertThat(isEnded(client)).isTrue();
            }
        }
    }

    @Test
    void connectionOnWhichNothingMovesEnds() throws Exception {
        TcpBalancer.Limits hasty = new TcpBalancer.Limits(10, Duration.ofMillis(10), CHECK);
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpBalancer balancer = balancer(hasty, node.getLocalPort());
            try (Socket client = connect(balancer);
                    Socket served = accept(node, 'a', client)) {
                assertThat(isEnded(client)).isTrue();
                assertThat(isEnded(served)).isTrue();
            }
        }
    }

    @Test
    void oneConnectionTooManyIsClosedAndAnEndedOneMakesPlace() throws Exception {
        TcpBalancer.Limits one = new TcpBalancer.Limits(1, Duration.ofSeconds(60), CHECK);
        try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TcpBalancer balancer = balancer(one, node.getLocalPort());
            try (Socket first = connect(balancer);
                    Socket served = accept(node, 'a', first);
                    Socket second = connect(balancer)) {
                assertThat(served.isConnected()).isTrue();
                assertThat(isEnded(second)).isTrue();
            }
            while (true) {
                node.setSoTimeout(POLL_MILLIS);
                try (Socket third = connect(balancer);
                        Socket served = accept(node, 'c', third)) {
                    assertThat(served.isConnected()).isTrue();
                    return;
                } catch (SocketException | SocketTimeoutException e) {
                    // The place of the first one is not free yet.
                    Thread.sleep(POLL_MILLIS);
                }
            }
        }
    }

    /** The other end of a client's connection, past the checks, which are closed without an answer. */
    private static Socket accept(ServerSocket node, char first, Socket client) throws IOException {
        client.getOutputStream().write(first);
        while (true) {
            Socket accepted = node.accept();
            if (accepted.getInputStream().read() == first) {
                return accepted;
            }
            accepted.close();
        }
    }

    private static boolean isEnded(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() == -1;
        } catch (SocketException e) {
            return true;
        }
    }
}
