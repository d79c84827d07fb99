import { connect } from '../../../../../../webapp/parley/parley-client.js';
import { ReconnectingSocket } from '../../../../../../webapp/parley/reconnecting-socket.js';

// What is wrong here must be found by library.test.js.
const socket = new ReconnectingSocket(42, [], {});
new ReconnectingSocket('ws://host.test/', [], { maxRetrys: 1 });
socket.addEventListener('message', ({ code }) => console.log(code));
console.log(socket.raedyState);
// What an event carries follows from its name.
connect({ url: 'x' }).on('message', ({ contnet }) => console.log(contnet));
connect({ url: 'x' }).on('mesage', () => {});
