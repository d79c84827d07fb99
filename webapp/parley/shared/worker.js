import { HttpApi } from '../client/connection/http-api.js';
import { WebSocketConnector } from '../client/connection/websocket-connector.js';
import { SYSTEM_CLOCK } from '../client/options.js';
import { FallbackConnector } from '../http/fallback-connector.js';
import { Hub } from './hub.js';

/** The script of the SharedWorker. Its name ends with whether it may fall back to HTTP; see `startWorker`. */
const scope = /** @type {any} */ (globalThis);
const ask = (/** @type {any} */ input, /** @type {any} */ init) => fetch(input, init);
const webSockets = new WebSocketConnector(new HttpApi(ask), /** @type {any} */ (WebSocket));
const hub = new Hub(scope.name.endsWith(' fallback') ? new FallbackConnector(webSockets) : webSockets, SYSTEM_CLOCK);
scope.onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => hub.accept(port);
