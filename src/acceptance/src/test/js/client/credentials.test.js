import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, CredentialError } from '../../../../../../webapp/parley/parley-client.js';
import { World, failureOf, json, settle, URL_OF_CHAT, welcome } from './support/world.js';

const TICKETS = 'http://chat.example/app/api/tickets';

/** Answers POST api/tickets with t1, t2, … */
function giveTickets(world) {
  let count = 0;
  world.http = (method, address) =>
    address === TICKETS ? json(201, { ticket: `t${++count}`, expiresIn: 30_000 }) : json(404, {});
}

/** Everything that is no token, ticket or name, and how the sentence calls it. */
const WRONG = [
  [undefined, 'undefined'],
  [null, 'null'],
  ['', 'an empty text'],
  [{ token: 'abc' }, 'an object'],
  [['abc'], 'an array'],
  [42, 'a number (42)'],
  [true, 'a boolean (true)'],
  [Symbol('token'), 'a symbol (Symbol(token))'],
  [() => 'abc', 'a function'],
];
const WRONG_SECRETS = [
  ...WRONG,
  ['abc def', 'a text with white space'],
  ['abc\n', 'a text with white space'],
  ['abç', 'a text with white space or other characters'],
];

for (const option of ['token', 'getToken', 'ticket', 'getTicket', 'username']) {
  const wrong = option === 'username' ? WRONG : WRONG_SECRETS;
  for (const [value, words] of wrong) {
    if (typeof value !== 'function' && !(option === 'username' && value === undefined)) {
      test(`${option} may not be ${words} (${JSON.stringify(value)})`, () => {
        assert.throws(
          () => new World().connect({ [option]: value }),
          (error) => {
            assert.ok(error instanceof CredentialError);
            assert.equal(error.code, `bad_${option.replace('get', '').toLowerCase()}`);
            assert.ok(error.message.startsWith(`The option '${option}' is ${words}`), error.message);
            return true;
          },
        );
      });
    }
    for (const [kind, give] of [
      ['function', () => value],
      ['async function', async () => value],
    ]) {
      test(`${option} as ${kind} may not give ${words} (${JSON.stringify(value)})`, async () => {
        const world = new World();
        const client = world.connect({ username: 'ana', [option]: give });
        const error = await failureOf(client.whenOpen());

        assert.ok(error instanceof CredentialError);
        assert.ok(error.message.startsWith(`The function '${option}' gave ${words}`), error.message);
        assert.equal(client.state, 'CLOSED');
        assert.equal(client.reason, error.message);
        assert.equal(world.sockets.length, 0, 'nobody was signed in as a guest');
      });
    }
  }
}

for (const [value, words] of [
  [undefined, 'undefined'],
  [null, 'null'],
  ['', 'an empty text'],
  [5, 'a number (5)'],
  ['chat', "'chat', which is no address (without a page it must be absolute)"],
  ['ftp://chat.example/', "'ftp://chat.example/': ws"],
  ['ws://ana:secret@chat.example/chat', 'an address with a user'],
  [{ href: URL_OF_CHAT }, 'an object'],
]) {
  test(`url may not be ${words}`, async () => {
    assert.throws(
      () => new World().connect({ url: value }),
      (error) => {
        assert.equal(error.code, 'bad_url');
        assert.ok(error.message.includes(words), error.message);
        assert.ok(!error.message.includes('secret'), error.message);
        return true;
      },
    );
    const error = await failureOf(new World().connect({ url: async () => value }).whenOpen());
    assert.ok(error.message.startsWith(`The function 'url' gave ${words}`), error.message);
  });
}

test('a secret is in no sentence', async () => {
  const error = await failureOf(new World().connect({ token: () => 'my secret token' }).whenOpen());
  assert.ok(!error.message.includes('secret'), error.message);
});

test('a promise in the place of the function that makes it is told', () => {
  assert.throws(() => new World().connect({ token: Promise.resolve('abc') }), {
    code: 'bad_token',
    message: /is a promise: .*give the function that makes the promise/,
  });
});

test('what the options lack or have twice is told', () => {
  assert.throws(() => connect(), { code: 'bad_option', message: /was given undefined/ });
  assert.throws(() => connect('ws://chat.example/chat'), { code: 'bad_option', message: /was given a text/ });
  assert.throws(() => connect({ username: 'ana' }), { code: 'bad_url', message: /'url' is missing/ });
  assert.throws(() => new World().connect({ tokn: 'abc' }), { code: 'bad_option', message: /no option 'tokn'/ });
  assert.throws(() => new World().connect({ token: 'a', getToken: () => 'a' }), { code: 'bad_option' });
  assert.throws(() => new World().connect({ token: 'a', ticket: 'b' }), { code: 'bad_option' });
  assert.throws(() => new World().connect({ connectionTimeout: '10s' }), { code: 'bad_option', message: /a text/ });
  assert.throws(() => new World().connect({ maxRetries: -1 }), { code: 'bad_option' });
  assert.throws(() => new World().connect({ queue: { maxMessages: 0 } }), { code: 'bad_option' });
});

for (const [kind, url] of [
  ['text', 'http://chat.example/app/chat'],
  ['URL', new URL('ws://chat.example/app/chat#here')],
  ['function', () => URL_OF_CHAT],
  ['async function', async () => new URL(URL_OF_CHAT)],
]) {
  test(`url may be a ${kind}`, async () => {
    const world = new World();
    await world.open({ url });
    assert.equal(world.socket.url, URL_OF_CHAT);
  });
}

for (const [kind, token] of [
  ['text', 'a.b.c'],
  ['function', () => 'a.b.c'],
  ['async function', async () => 'a.b.c'],
]) {
  for (const option of ['token', 'getToken']) {
    test(`${option} may be a ${kind}, and is exchanged for a ticket`, async () => {
      const world = new World();
      giveTickets(world);
      await world.open({ username: undefined, [option]: token });

      assert.equal(world.socket.url, `${URL_OF_CHAT}?ticket=t1`);
      assert.deepEqual(world.requests, [
        { address: TICKETS, method: 'POST', headers: { Authorization: 'Bearer a.b.c' }, redirect: 'manual' },
      ]);
      const { id, ...login } = world.socket.last('login');
      assert.deepEqual(login, { type: 'login', positions: {} }, 'a token in no message');
    });
  }
}

test('url, token and username are asked anew for each attempt, and told which it is', async () => {
  const world = new World();
  giveTickets(world);
  const asked = [];
  const tell =
    (what, value) =>
    ({ attempt, signal }) => {
      assert.ok(signal instanceof AbortSignal);
      asked.push(`${what} ${attempt}`);
      return value;
    };
  await world.open({ url: tell('url', URL_OF_CHAT), token: tell('token', 'a.b.c'), username: tell('name', 'ana') });
  world.socket.closeWith(1006);
  await world.nextAttempt();

  assert.deepEqual(asked, ['url 0', 'token 0', 'name 0', 'url 1', 'token 1', 'name 1']);
  assert.equal(world.socket.url, `${URL_OF_CHAT}?ticket=t2`);
});

test('getTicket is asked anew for each attempt', async () => {
  const world = new World();
  let count = 0;
  await world.open({ getTicket: async () => `own${++count}` });
  await world.reconnect();

  assert.deepEqual(
    world.sockets.map(({ url }) => url),
    [`${URL_OF_CHAT}?ticket=own1`, `${URL_OF_CHAT}?ticket=own2`],
  );
  assert.deepEqual(world.requests, []);
});

test('a ticket as text is good for one attempt, and the second says so', async () => {
  const world = new World();
  const client = await world.open({ ticket: 'once' });
  world.socket.closeWith(1006);
  await world.nextAttempt();

  assert.equal(client.state, 'CLOSED');
  assert.equal(client.error.code, 'bad_ticket');
  assert.match(client.reason, /getTicket/);
});

test('a function that fails is asked again later', async () => {
  const world = new World();
  giveTickets(world);
  let isBroken = true;
  const client = world.connect({
    getToken: async () => {
      if (isBroken) throw new Error('the provider is away');
      return 'a.b.c';
    },
  });
  await settle();
  assert.equal(client.state, 'WAITING');
  assert.equal(client.error.code, 'token_failed');
  assert.equal(client.reason, "The function 'getToken' failed: the provider is away");
  assert.equal(client.error.cause.message, 'the provider is away');

  isBroken = false;
  await world.nextAttempt();
  await world.welcome();
  assert.equal(client.state, 'OPEN');
});

test('an answer that comes after the client was closed opens nothing', async () => {
  const world = new World();
  giveTickets(world);
  let give;
  let signal;
  const client = world.connect({
    getToken: (attempt) => {
      signal = attempt.signal;
      return new Promise((resolve) => (give = resolve));
    },
  });
  await settle();
  client.close();
  assert.ok(signal.aborted);
  give('a.b.c');
  await settle();

  assert.equal(world.sockets.length, 0);
  assert.deepEqual(world.requests, []);
  assert.equal(client.state, 'CLOSED');
});

for (const [status, body, state, code] of [
  [400, {}, 'CLOSED', 'refused'],
  [401, { code: 'login_refused', detail: 'The token is not good.' }, 'CLOSED', 'login_refused'],
  [401, { code: 'token_expired' }, 'CLOSED', 'token_expired'],
  [403, { detail: 'Not from there.' }, 'CLOSED', 'forbidden'],
  [404, {}, 'CLOSED', 'refused'],
  [405, {}, 'CLOSED', 'refused'],
  [426, {}, 'CLOSED', 'refused'],
  [302, {}, 'CLOSED', 'refused'],
  [429, { code: 'rate_limited' }, 'WAITING', 'rate_limited'],
  [503, { code: 'try_again_later' }, 'WAITING', 'try_again_later'],
  [500, {}, 'WAITING', 'unreachable'],
  [502, {}, 'WAITING', 'unreachable'],
]) {
  test(`a ticket refused with ${status} ${body.code ?? ''} leads to ${state}`, async () => {
    const world = new World();
    world.http = () => json(status, body);
    const client = world.connect({ token: 'a.b.c' });
    await settle();

    assert.equal(client.state, state);
    assert.equal(client.error.code, code);
    if (body.detail) assert.equal(client.reason, body.detail);
    assert.equal(world.sockets.length, 0);
  });
}

test('Retry-After is obeyed', async () => {
  const world = new World();
  world.http = () => json(503, {}, { 'Retry-After': '7' });
  const client = world.connect({ token: 'a.b.c' });
  await settle();

  assert.equal(client.retryAt - world.clock.now(), 7_500);
});

test('a server that cannot be reached is tried again, whatever answers in its place', async () => {
  for (const http of [() => new TypeError('Failed to fetch'), () => new Response('<html>', { status: 201 })]) {
    const world = new World();
    world.http = http;
    const client = world.connect({ token: 'a.b.c' });
    await settle();

    assert.equal(client.state, 'WAITING');
    assert.equal(client.error.code, 'unreachable');
  }
});

test('a token that is refused is replaced once by a new one', async () => {
  const world = new World();
  const tokens = ['old', 'new'];
  world.http = (method, address, { Authorization }) =>
    Authorization === 'Bearer new' ? json(201, { ticket: 't' }) : json(401, { code: 'login_refused' });
  await world.open({ getToken: () => tokens.shift() });
  assert.deepEqual(tokens, []);

  const other = new World();
  other.http = () => json(401, { code: 'login_refused' });
  let asked = 0;
  const client = other.connect({ getToken: () => `bad${++asked}` });
  await other.clock.advance(60_000);
  assert.equal(client.state, 'CLOSED');
  assert.equal(asked, 2);
});

test('a token that is over is replaced by the function, and ends a client that has none', async () => {
  const world = new World();
  giveTickets(world);
  const client = await world.open({ getToken: () => 'a.b.c' });
  world.socket.closeWith(4003);
  assert.equal(client.state, 'WAITING');

  const other = new World();
  giveTickets(other);
  const constant = await other.open({ token: 'a.b.c' });
  other.socket.closeWith(4003);
  assert.equal(constant.state, 'CLOSED');
  assert.equal(constant.error.code, 'token_expired');
});

/** Refuses the ticket of the attempt that is under way, as the server does. */
async function refuseTicket(world) {
  await settle();
  world.socket.open();
  world.socket.receive({ type: 'error', code: 'login_refused', message: 'This ticket was used.' });
  world.socket.closeWith(4003);
}

test('a refused ticket of a token as text is replaced by another one', async () => {
  const world = new World();
  giveTickets(world);
  const client = world.connect({ token: 'a.b.c' });
  await refuseTicket(world);
  assert.equal(client.state, 'WAITING');
  assert.equal(client.reason, 'This ticket was used.');

  await world.nextAttempt();
  await world.welcome();
  assert.equal(client.state, 'OPEN');
  assert.equal(world.socket.url, `${URL_OF_CHAT}?ticket=t2`);

  // That one was good, so this is a first refusal again.
  world.socket.closeWith(1006);
  await world.nextAttempt();
  await refuseTicket(world);
  assert.equal(client.state, 'WAITING');
});

test('a second ticket of a token as text that is refused ends the client, until it is opened again', async () => {
  const world = new World();
  giveTickets(world);
  const client = world.connect({ token: 'a.b.c' });
  await refuseTicket(world);
  await world.nextAttempt();
  await refuseTicket(world);
  assert.equal(client.state, 'CLOSED');
  assert.equal(client.reason, 'This ticket was used.');
  await world.clock.advance(600_000);
  assert.equal(world.sockets.length, 2);

  client.open();
  await refuseTicket(world);
  assert.equal(client.state, 'WAITING');
});

test('where the token of a refused ticket is over, there is no other ticket', async () => {
  const world = new World();
  giveTickets(world);
  const client = world.connect({ token: 'a.b.c' });
  await refuseTicket(world);
  world.http = () => json(401, { code: 'token_expired', detail: 'It is over.' });
  await world.nextAttempt();
  assert.equal(client.state, 'CLOSED');
  assert.equal(client.reason, 'It is over.');
});

test('a refused ticket that was given as text cannot be replaced', async () => {
  const world = new World();
  const client = world.connect({ ticket: 'once' });
  await refuseTicket(world);
  assert.equal(client.state, 'CLOSED');
  assert.equal(client.reason, 'This ticket was used.');
});

for (const [what, post, health, state, code] of [
  ['asks for a token', () => json(401, { code: 'login_required' }), undefined, 'CLOSED', 'guests_refused'],
  ['does not admit the origin', () => json(403, { detail: 'Not from there.' }), undefined, 'CLOSED', 'forbidden'],
  ['has nothing at this address', () => json(404, {}), undefined, 'CLOSED', 'refused'],
  ['is read-only where nothing is', (method) => json(method === 'GET' ? 404 : 405, {}), undefined, 'CLOSED', 'refused'],
  ['is full', (method) => json(method === 'GET' ? 426 : 405, {}), undefined, 'WAITING', 'websocket_failed'],
  ['is away', () => new TypeError('Failed to fetch'), () => new TypeError('Failed to fetch'), 'WAITING', 'unreachable'],
  ['is behind a proxy that is alone', () => json(502, {}), undefined, 'WAITING', 'unreachable'],
  [
    'lives, and its answer is kept from this page',
    () => new TypeError('CORS'),
    () => json(200, { status: 'UP' }),
    'CLOSED',
    'forbidden',
  ],
]) {
  test(`a WebSocket that does not open, of a server that ${what}, leads to ${state}`, async () => {
    const world = new World();
    world.http = (method, address) => (address.endsWith('/health/live') ? health() : post(method));
    const client = world.connect();
    await settle();
    world.socket.closeWith(1006);
    await settle();

    assert.equal(client.state, state);
    assert.equal(client.error.code, code);
    assert.equal(world.requests[0].method, 'POST');
    assert.equal(world.requests[0].address, 'http://chat.example/app/chat');
    if (health) assert.equal(world.requests[1].address, 'http://chat.example/app/health/live');
  });
}

test('after a ticket was given, a WebSocket that does not open is tried again', async () => {
  const world = new World();
  giveTickets(world);
  const client = world.connect({ token: 'a.b.c' });
  await settle();
  world.socket.closeWith(1006);
  await settle();

  assert.equal(client.error.code, 'websocket_failed');
  assert.equal(client.state, 'WAITING');
});

test('a constructor that throws, as for ws: in a page of https:, ends the client with its reason', async () => {
  class Strict {
    constructor() {
      throw new DOMException('insecure', 'SecurityError');
    }
  }
  const error = await failureOf(new World().connect({ WebSocket: Strict }).whenOpen());
  assert.equal(error.code, 'bad_url');
  assert.match(error.message, /insecure/);
});

test('a refused ticket is told over the WebSocket, and its sentence is the reason', async () => {
  const world = new World();
  const client = world.connect({ getTicket: () => 'used' });
  await settle();
  world.socket.open();
  world.socket.receive({ type: 'error', code: 'login_refused', message: 'This ticket was used.' });
  world.socket.closeWith(4003);

  assert.equal(client.state, 'WAITING');
  assert.equal(client.reason, 'This ticket was used.');
});

for (const [code, state] of [
  ['login_refused', 'CLOSED'],
  ['login_required', 'CLOSED'],
  ['rate_limited', 'WAITING'],
  ['store_unavailable', 'WAITING'],
  ['internal', 'WAITING'],
]) {
  test(`a login answered with ${code} leads to ${state}`, async () => {
    const world = new World();
    const client = world.connect();
    await settle();
    world.socket.open();
    world.socket.answer('login', { type: 'error', code, message: 'No.', retryAfter: 3_000 });

    assert.equal(client.state, state);
    assert.equal(client.error.code, code);
    assert.equal(client.reason, 'No.');
    if (state === 'WAITING') assert.equal(client.retryAt - world.clock.now(), 3_500);
  });
}

test('a guest comes back with its secret, also after a reload, and as a new guest under another name', async () => {
  const world = new World();
  await world.open({}, { guest: 'k3f9', guestSecret: 'shh' });
  assert.equal(world.socket.last('login').guestSecret, undefined);
  await world.reconnect({ guest: 'k3f9' });
  assert.equal(world.socket.last('login').guestSecret, 'shh');
  world.client.destroy();

  await world.open({}, { guest: 'k3f9' });
  assert.equal(world.socket.last('login').guestSecret, 'shh');
  world.client.destroy();
  await world.open({ username: 'ben' }, { username: 'ben', guest: 'x7m2' });
  assert.equal(world.socket.last('login').guestSecret, undefined);
});

test('a guest whom the server has forgotten signs in as a new one on the same connection', async () => {
  const world = new World();
  await world.open({}, { guest: 'k3f9', guestSecret: 'shh' });
  world.socket.closeWith(1006);
  await world.nextAttempt();
  world.socket.open();
  world.socket.answer('login', { type: 'error', code: 'login_refused', message: 'Who?' });
  assert.equal(world.socket.of('login').length, 2);
  assert.equal(world.socket.last('login').guestSecret, undefined);
  await world.welcome({ guest: 'new1', guestSecret: 'other' });

  assert.equal(world.client.me.guest, 'new1');
  assert.equal(world.sockets.length, 2);
});

test('a connector may be given in the place of the WebSocket', async () => {
  const world = new World();
  const asked = [];
  const { WebSocket } = world.options();
  const client = world.connect({
    token: 'a.b.c',
    connector: {
      open(request) {
        asked.push(request);
        const socket = new WebSocket('of my own');
        socket.transport = 'pigeon';
        socket.readyState = 1;
        return socket;
      },
    },
  });
  await settle();
  world.socket.answer('login', welcome());
  const { signal, ...request } = asked[0];

  assert.equal(client.state, 'OPEN');
  assert.equal(client.transport, 'pigeon');
  assert.deepEqual(request, {
    attempt: 0,
    url: URL_OF_CHAT,
    token: 'a.b.c',
    ticket: undefined,
    protocols: ['parley.v1'],
  });
});

test('a transport that comes after the client was closed is closed', async () => {
  const world = new World();
  const { WebSocket } = world.options();
  let give;
  const client = world.connect({ connector: { open: () => new Promise((resolve) => (give = resolve)) } });
  await settle();
  client.close();
  give(new WebSocket('late'));
  await settle();
  assert.equal(world.socket.closedWith, 1000);
  assert.equal(client.state, 'CLOSED');
});

test('a connector that fails counts as a server that cannot be reached', async () => {
  const client = new World().connect({
    connector: {
      open: async () => {
        throw new Error('no pigeons');
      },
    },
  });
  await settle();
  assert.equal(client.state, 'WAITING');
  assert.match(client.reason, /no pigeons/);
});
