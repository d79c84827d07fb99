package dev.parley.acceptance.browser;

/**
 * A page with a WebSocket client, as tutorials have it. Only the addresses are replaced, and what shows the result in
 * the page is the same in all of them: {@code #send} is a text field, {@code #log} a list of what was received.
 */
enum HandWrittenClient {
    /** The first example of most introductions: events, and text as it comes. It connects once. */
    ECHO("""
            const socket = new WebSocket('ws://localhost:8080');

            // Connection opened
            socket.addEventListener('open', (event) => {
              show('connected');
            });

            // Listen for messages
            socket.addEventListener('message', (event) => {
              show(event.data);
            });

            socket.addEventListener('close', (event) => {
              show('closed ' + event.code);
            });

            function say(text) {
              socket.send(text);
            }
            """),

    /** The echo page with the shortest way to come back. */
    TIMEOUT("""
            let ws;

            function connect() {
              ws = new WebSocket('ws://localhost:8080');
              ws.onopen = function () {
                show('connected');
              };
              ws.onmessage = function (e) {
                show(e.data);
              };
              ws.onclose = function (e) {
                setTimeout(function () {
                  connect();
                }, 1000);
              };
              ws.onerror = function (err) {
                ws.close();
              };
            }

            connect();

            function say(text) {
              ws.send(text);
            }
            """),

    /** A class that takes 1000 and 1001 for final, and comes back after all other codes. */
    CLOSE_CODES("""
            class ReconnectingWebSocket {
              constructor(url) {
                this.url = url;
                this.attempts = 0;
                this.maxDelay = 5000;
                this.connect();
              }

              connect() {
                this.ws = new WebSocket(this.url);
                this.ws.onopen = () => {
                  this.attempts = 0;
                  show('connected');
                };
                this.ws.onmessage = (event) => show(event.data);
                this.ws.onclose = (event) => {
                  switch (event.code) {
                    case 1000: // normal closure
                    case 1001: // going away
                      show('closed for good');
                      break;
                    default:
                      this.reconnect();
                  }
                };
              }

              reconnect() {
                const delay = Math.min(1000 * 2 ** this.attempts++, this.maxDelay);
                setTimeout(() => this.connect(), delay);
              }

              send(data) {
                if (this.ws.readyState === WebSocket.OPEN) this.ws.send(data);
              }
            }

            const socket = new ReconnectingWebSocket('ws://localhost:8080');

            function say(text) {
              socket.send(text);
            }
            """),

    /** A class with a heartbeat of its own, which takes a connection without an answer for dead. */
    HEARTBEAT("""
            class HeartbeatWebSocket {
              constructor(url, { pingTimeout = 1000, pongTimeout = 5000, reconnectTimeout = 1000 } = {}) {
                this.url = url;
                this.opts = { pingTimeout, pongTimeout, reconnectTimeout };
                this.forbidReconnect = false;
                this.createWebSocket();
              }

              createWebSocket() {
                this.ws = new WebSocket(this.url);
                this.ws.onclose = () => this.reconnect();
                this.ws.onerror = () => this.reconnect();
                this.ws.onopen = () => {
                  show('connected');
                  this.heartCheck();
                };
                this.ws.onmessage = (event) => {
                  show(event.data);
                  this.heartCheck();
                };
              }

              reconnect() {
                if (this.lockReconnect || this.forbidReconnect) return;
                this.lockReconnect = true;
                setTimeout(() => {
                  this.createWebSocket();
                  this.lockReconnect = false;
                }, this.opts.reconnectTimeout);
              }

              heartCheck() {
                clearTimeout(this.pingTimeoutId);
                clearTimeout(this.pongTimeoutId);
                this.pingTimeoutId = setTimeout(() => {
                  this.ws.send(JSON.stringify({ type: 'ping' }));
                  this.pongTimeoutId = setTimeout(() => this.ws.close(), this.opts.pongTimeout);
                }, this.opts.pingTimeout);
              }
            }

            const socket = new HeartbeatWebSocket('ws://localhost:8080');

            function say(text) {
              socket.ws.send(text);
            }
            """),

    /** A chat in JSON, with a heartbeat. */
    JSON_CHAT("""
            class ChatClient {
              constructor(url) {
                this.url = url;
                this.connect();
              }

              connect() {
                this.socket = new WebSocket(this.url);
                this.socket.onopen = () => {
                  show('connected');
                  this.send({ type: 'login', username: 'visitor' });
                  this.timer = setInterval(() => this.send({ type: 'ping' }), 1000);
                };
                this.socket.onmessage = (event) => {
                  const message = JSON.parse(event.data);
                  switch (message.type) {
                    case 'pong':
                      break;
                    case 'chat':
                    case 'message':
                      show(message.sender + ': ' + message.content);
                      break;
                    case 'error':
                      show('error: ' + message.message);
                      break;
                  }
                };
                this.socket.onclose = (event) => {
                  clearInterval(this.timer);
                  if (event.code !== 1000) setTimeout(() => this.connect(), 1000);
                };
              }

              send(message) {
                this.socket.send(JSON.stringify(message));
              }
            }

            const client = new ChatClient('ws://localhost:8080');

            function say(text) {
              client.send({ type: 'message', content: text });
            }
            """);

    private static final String PAGE = """
            <!doctype html>
            <meta charset="utf-8">
            <title>%s</title>
            <input id="send">
            <ul id="log"></ul>
            <script>
            function show(text) {
              const item = document.createElement('li');
              item.textContent = text;
              document.getElementById('log').append(item);
            }

            %s
            document.getElementById('send').onchange = ({ target }) => say(target.value);
            </script>
            """;

    private final String script;

    HandWrittenClient(String script) {
        this.script = script;
    }

    /** @param authority host and port in the place of the tutorial's */
    String page(String authority) {
        return PAGE.formatted(name(), script.replace("localhost:8080", authority));
    }
}
