import { ReconnectingSocket } from '../../../../../../webapp/parley/reconnecting-socket.js';
import { fakeWebSockets } from './fake-web-sockets.js';
import { recorded } from './recorded.js';

/**
 * A socket whose connections the test makes and breaks.
 * @param {object} [options]
 * @param {any} [url]
 * @param {any} [protocols]
 */
export function fakeConnection(options = {}, url = 'ws://host.test/', protocols = []) {
  const { WebSocket, sockets, last } = fakeWebSockets();
  const socket = new ReconnectingSocket(url, protocols, { WebSocket, ...options });
  return { socket, sockets, last, events: recorded(socket) };
}
