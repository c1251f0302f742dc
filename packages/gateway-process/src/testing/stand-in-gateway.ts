import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '@ibkit/clock';
import { ClientHelloReader, FrameSplitter, createTextCodec, encodeServerHello } from '@ibkit/wire';

// A program that behaves as IB Gateway under IBC does, or misbehaves as the test says: with its arguments at first, then with lines at its control port.

const { values, positionals } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    /** Where the test speaks to it. */
    control: { type: 'string', default: '0' },
    /** How far it comes by itself: `ready`, `login`, `2fa`, `mute`, `notReady`, `noPort`, `exit:N`, `simulator`. */
    upTo: { type: 'string', default: 'ready' },
    'ibc-ini': { type: 'string' },
    deaf: { type: 'boolean', default: false },
  },
  strict: false,
  allowPositionals: true,
});

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const clock = systemClock();
const sockets = new Set<Socket>();
const servers: Server[] = [];
let api: Server | undefined;
let mood: 'ready' | 'mute' | 'notReady' = 'ready';

function listen(port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      onSocket(socket);
    });
    servers.push(server);
    server.on('error', reject).listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

function serve(socket: Socket): void {
  if (mood === 'mute') return;
  const hello = new ClientHelloReader();
  const codec = createTextCodec({ serverVersion: 193 });
  const splitter = new FrameSplitter({
    onFrame: (payload) => {
      const decoded = codec.decodeClient(payload);
      if (!decoded.ok || decoded.message.type !== 'startApi' || mood !== 'ready') return;
      socket.write(codec.encodeServer({ type: 'managedAccounts', accountsList: 'DU1234567' }));
      socket.write(codec.encodeServer({ type: 'nextValidId', orderId: 1 }));
    },
  });
  let greeted = false;
  socket.on('data', (bytes: Buffer) => {
    if (greeted) {
      splitter.push(bytes);
      return;
    }
    const seen = hello.push(bytes);
    if (seen.status !== 'complete') return;
    greeted = true;
    socket.write(encodeServerHello({ serverVersion: 193, connectionTime: '20261120 12:00:00 EST' }));
    splitter.push(seen.rest);
  });
}

const ini = values['ibc-ini'] === undefined ? '' : await readFile(text(values['ibc-ini']), 'utf8');
const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'mu').exec(ini)?.[1] ?? '';
const apiPort = Number(setting('OverrideTwsApiPort') || text(values.port));

async function openApi(): Promise<void> {
  api ??= await listen(apiPort, serve);
}

function closeApi(): Promise<void> {
  const closing = api;
  api = undefined;
  for (const socket of sockets) if (socket.localPort === apiPort) socket.destroy();
  return new Promise((resolve) => {
    if (closing === undefined) resolve();
    else closing.close(() => { resolve(); });
  });
}

async function logIn(): Promise<void> {
  say('IBC: Login has completed');
  await openApi();
}

let obey = async (line: string): Promise<void> => {
  const [word, argument] = line.trim().split(' ');
  if (word === 'approve') await logIn();
  else if (word === 'login') say('IBC: Login attempt: 2');
  else if (word === '2fa') say('IBC: Second Factor Authentication initiated');
  else if (word === 'refuse') say('IBC: Login failed: Unrecognized Username or Password');
  else if (word === 'ready' || word === 'mute' || word === 'notReady') mood = word;
  else if (word === 'close') await closeApi();
  else if (word === 'open') await openApi();
  else if (word === 'exit') process.exit(Number(argument));
};

const commands: Readonly<Record<string, () => string>> = {
  STOP: () => {
    clock.setTimer(20, () => process.exit(0));
    return 'OK Shutting down';
  },
  RESTART: () => {
    if (mood !== 'ready') return 'ERROR not logged in';
    void closeApi().then(() => clock.setTimer(300, () => void openApi()));
    return 'OK Restarting';
  },
  RECONNECTDATA: () => 'OK',
  RECONNECTACCOUNT: () => 'OK',
};

function command(socket: Socket): void {
  socket.write('INFO welcome\n');
  createInterface({ input: socket }).on('line', (line) => {
    if (values.deaf !== true) socket.write(`${commands[line.trim().toUpperCase()]?.() ?? 'ERROR Command not recognised'}\n`);
  });
}

if (values.deaf === true) process.on('SIGTERM', () => undefined);
say(`started with ${positionals.length} arguments, user ${setting('IbLoginId')}`);
if (text(values.control) !== '0') {
  await listen(Number(values.control), (socket) => {
    createInterface({ input: socket }).on('line', (line) => {
      void obey(line).then(() => socket.write('done\n'));
    });
  });
}
if (setting('CommandServerPort') !== '') await listen(Number(setting('CommandServerPort')), command);
const upTo = text(values.upTo);
if (upTo.startsWith('exit:')) {
  say('cannot go on');
  process.exit(Number(upTo.slice(5)));
} else if (upTo === 'login') say('IBC: Login attempt: 1');
else if (upTo === '2fa') say('IBC: Second Factor Authentication initiated');
else if (upTo === 'simulator') {
  // A whole market behind the port, with the faults of the simulator at the control port.
  const { createSimulator } = await import('@ibkit/simulator');
  const simulator = await createSimulator({ port: apiPort });
  obey = (line) => {
    const [word = '', type = ''] = line.trim().split(' ');
    if (word === 'exit') process.exit(Number(type));
    if (word === 'hang') simulator.control.inject({ type: 'mute-accept' });
    if (word === 'restart') simulator.control.inject({ type: 'restart', for: 600_000 });
    if (word === 'login') simulator.control.inject({ type: 'weekly-login' });
    if (word === 'approve') simulator.control.approve();
    if (word === 'clear') simulator.control.clearFaults();
    return Promise.resolve();
  };
  say('IBC: Login has completed');
} else if (upTo !== 'noPort') {
  if (upTo === 'mute' || upTo === 'notReady') mood = upTo;
  await logIn();
}
// It lives until it is told otherwise.
clock.setTimer(3_600_000, () => process.exit(0));
