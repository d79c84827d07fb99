'use strict';

// Rooms of Socket.IO as its documentation shows them: a client joins by an event and the server emits to the room. Its
// adapter composes a frame once for all readers of the room, without compression. With the argument "recovery" it has
// connection state recovery, which keeps packets of the last two minutes in memory and sends a client that comes back
// what it missed.
// - WebSocket only: no time goes into polling or an upgrade.
// - No compression (the default, said here), no client files.

const { createServer } = require('node:http');
const { Server } = require('socket.io');

const isRecovering = process.argv[2] === 'recovery';
const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  ...(isRecovering && {
    connectionStateRecovery: { maxDisconnectionDuration: 2 * 60 * 1000, skipMiddlewares: true },
  }),
});

io.on('connection', (socket) => {
  socket.on('join', (room, done) => {
    socket.join(room);
    done();
  });
  socket.on('say', (room, content) => io.to(room).emit('chat', content));
});

http.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => console.log(`listening on ${http.address().port}`));
