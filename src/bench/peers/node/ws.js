'use strict';

// The cheapest room server that the package ws allows: a text "ROOM CONTENT" is sent to everybody who connected to
// /ROOM. Nobody signs in, nothing is stored, parsed, numbered or acknowledged, and nobody who comes back gets what was
// missed. Nothing here costs time that a team could save by another setting:
// - no compression (the default of ws, said here);
// - no list of clients, which ws would keep beside these rooms;
// - TCP_NODELAY, as ws sets it.

const { createServer } = require('node:http');
const { WebSocketServer, WebSocket } = require('ws');

const rooms = new Map();
const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false });

server.on('connection', (socket, request) => {
  const name = request.url.slice(1);
  if (name) {
    const readers = rooms.get(name) ?? new Set();
    rooms.set(name, readers.add(socket));
    socket.on('close', () => {
      readers.delete(socket);
      if (readers.size === 0) {
        rooms.delete(name);
      }
    });
  }
  socket.on('error', () => {}); // Its close follows.
  socket.on('message', (data) => {
    const space = data.indexOf(32);
    const content = data.subarray(space + 1);
    for (const reader of rooms.get(data.toString('latin1', 0, space)) ?? []) {
      if (reader.readyState === WebSocket.OPEN) {
        reader.send(content, { binary: false });
      }
    }
  });
});

// A queue for a storm of connects.
http.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => console.log(`listening on ${http.address().port}`));
