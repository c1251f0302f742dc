import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSimulator } from '@ibkit/simulator';
import { EventName, IBApi, SecType, TickByTickDataType } from '@stoqey/ib';
import { expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';

const EXAMPLES = fileURLToPath(new URL('..', import.meta.url));
const DAEMON = path.join(EXAMPLES, '..', 'apps', 'daemon', 'src', 'main.ts');
const SUBSCRIBER = path.join(EXAMPLES, 'plain-subscriber', 'subscriber.mjs');
const WITNESS = 99;
/** Starting the daemon from its sources takes long on a busy machine. */
const LONG = { timeout: 60_000, interval: 50 };

type Line = Readonly<Record<string, unknown>>;

const record = (value: unknown): Line => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {});

/** A program of its own that prints one JSON object per line. */
function program(argv: readonly string[]) {
  const child = spawn(process.execPath, argv, { cwd: EXAMPLES, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines: Line[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(record(JSON.parse(line)));
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    lines,
    ended,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Whether the trades that were told are those that the gateway sent: without a hole, except where a gap was told. */
function unannouncedHole(told: readonly Line[], sent: readonly string[]): string | undefined {
  let stretch: string[] = [];
  const stretches = [stretch];
  for (const { event, topic, trade } of told) {
    if (event === 'gap' && topic === 'trades/SPY') stretches.push((stretch = []));
    if (event === 'trade') stretch.push(tradeText(trade));
  }
  let from = 0;
  for (const each of stretches) {
    const at = sent.findIndex((_, index) => index >= from && each.every((text, offset) => sent[index + offset] === text));
    if (each.length > 0 && at < 0) return each.join(' ');
    if (each.length > 0) from = at + each.length;
  }
  return undefined;
}

/** What a trade is, as the stream and as the gateway write it. */
function tradeText(trade: unknown): string {
  const { price, size, exchange, tradedAtUs, time = Number(tradedAtUs) / 1e6 } = record(trade);
  return [Number(price), Number(size), exchange, time].join('|');
}

it('the plain subscriber tells of every gap, over a dropped gateway and a killed daemon', async () => {
  const state = await mkdtemp(path.join(tmpdir(), 'ibkit-plain-subscriber-'));
  await using simulator = await createSimulator({ journalTicks: true, journalLimit: 100_000 });
  // The gateway journals what it sends, so a witness of its own keeps listening while the daemon does not.
  const witness = new IBApi({ host: simulator.host, port: simulator.port, clientId: WITNESS });
  witness.once(EventName.nextValidId, () => {
    witness.reqTickByTickData(1, { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' }, TickByTickDataType.AllLast, 0, false);
  });
  witness.connect();
  const tokenFile = path.join(state, 'admin.token');
  // At night it would hold orders back, as it does for a gateway that restarts then.
  const config = path.join(state, 'ibkit.ini');
  await writeFile(config, '[restarts]\ndaily = none\nweekly_login = none\n');
  const startDaemon = async (listen: string) => {
    const daemon = program(['--conditions=@ibkit/source', '--import', 'tsx', DAEMON, '--config', config, '--port', String(simulator.port), '--listen', listen, '--state-dir', state, '--json']);
    await vi.waitFor(() => {
      expect(daemon.lines[0]).toMatchObject({ event: 'listening' });
    }, LONG);
    return { daemon, url: String(daemon.lines[0]?.['url']) };
  };
  const { daemon: first, url } = await startDaemon('127.0.0.1:0');
  await using killed = first;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const place = async (key: string): Promise<number> => {
    const ticket = { kind: 'order', account: 'DU1234567', instrument: { symbol: 'AAPL' }, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 10 };
    const answer = await fetch(`${url}/v1/orders`, { method: 'POST', headers: { ...headers, 'idempotency-key': key }, body: JSON.stringify({ ticket }) });
    return answer.status;
  };

  await using subscriber = program([SUBSCRIBER, '--url', url, '--token-file', tokenFile, '--symbol', 'SPY']);
  const { lines } = subscriber;
  /** Waits for a line that fits behind the line `from`; resolves with where the next one is. */
  const told = (from: number, expected: Line, times = 1) =>
    vi.waitFor(() => {
      const found = lines.flatMap((line, index) => (index >= from && Object.entries(expected).every(([field, value]) => line[field] === value) ? [index + 1] : []));
      expect(found.length).toBeGreaterThanOrEqual(times);
      return found[times - 1] ?? 0;
    }, LONG);

  // All is well.
  await told(0, { event: 'live', topic: 'quotes/SPY' });
  await told(0, { event: 'trade' }, 2);
  await vi.waitFor(async () => {
    // Not ready yet: 503. 202 while nobody has acknowledged it, and 200 for a key that is known.
    expect([200, 201, 202]).toContain(await place('one'));
  }, LONG);
  await told(0, { event: 'order' });

  // The gateway is gone for a moment: doubt, then a gap, then life.
  let mark = lines.length;
  simulator.control.inject({ type: 'drop', clientId: 1 });
  await told(mark, { event: 'stale', topic: 'trades/SPY' });
  await told(mark, { event: 'gap', topic: 'trades/SPY' });
  mark = await told(mark, { event: 'live', topic: 'quotes/SPY' });
  await told(mark, { event: 'trade' }, 2);

  // The daemon dies, and the order is filled while nobody looks.
  mark = lines.length;
  first.kill('SIGKILL');
  await killed.ended;
  await told(mark, { event: 'disconnected' });
  simulator.control.moveMarket({ action: 'set', symbol: 'AAPL', price: 9 });
  const { daemon: second } = await startDaemon(new URL(url).host);
  await using running = second;
  await told(mark, { event: 'gap', topic: 'trades/SPY' });
  await told(mark, { event: 'resumed', topic: 'orders' });
  const live = await told(mark, { event: 'live', topic: 'trades/SPY' });
  await told(live, { event: 'trade' }, 2);
  await vi.waitFor(() => {
    const [last] = lines.filter(({ event }) => event === 'order').slice(-1);
    expect(last?.['order']).toMatchObject({ key: 'one', status: 'filled', filledQuantity: '1' });
  }, LONG);
  expect(lines.filter(({ event, topic }) => event === 'gap' && topic === 'orders')).toEqual([]);

  subscriber.kill('SIGTERM');
  expect([await subscriber.ended, lines.at(-1)]).toEqual([0, { event: 'bye' }]);

  // The witnesses: what the gateway sent, and what another client is told of the order.
  const sent = simulator.control.journal({ kind: 'out', type: 'tickByTick', clientId: WITNESS }).map(({ message }) => tradeText(message));
  expect(sent.length).toBeGreaterThan(5);
  expect(unannouncedHole(lines, sent)).toBeUndefined();
  const order = record(lines.findLast(({ event }) => event === 'order')?.['order']);
  const answer = await fetch(`${url}/v1/orders/one`, { headers });
  expect(await answer.json()).toMatchObject({ id: order['id'], status: order['status'], filledQuantity: Number(order['filledQuantity']), changedAtMs: order['changedAtMs'] });
  expect(running.lines).toHaveLength(1);
  witness.disconnect();
  await rm(state, { recursive: true, force: true });
}, 240_000);

it('the plain subscriber says nothing more behind its goodbye', async () => {
  const state = await mkdtemp(path.join(tmpdir(), 'ibkit-plain-subscriber-'));
  const tokenFile = path.join(state, 'admin.token');
  await writeFile(tokenFile, 'a token\n');
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const onGoodbye = vi.fn();
  server.on('connection', (client, { socket }) => {
    const send = (message: Line): void => {
      client.send(JSON.stringify(message));
    };
    let seq = 0;
    const sendTrade = (): void => {
      seq += 1;
      send({ t: 'delta', id: 2, seq, at: String(seq), tsUs: seq, data: { price: seq } });
    };
    client.once('message', sendTrade);
    // RFC 6455: 0x88 begins a whole close frame. This trade was under way when it came.
    socket.prependListener('data', (chunk: Buffer) => {
      if (chunk[0] !== 0x88) return;
      sendTrade();
      onGoodbye();
    });
    send({ t: 'hello', version: '1', bootId: 'b' });
    send({ t: 'welcome', scope: 'admin', heartbeatMs: 5_000 });
  });
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await using subscriber = program([SUBSCRIBER, '--url', `http://127.0.0.1:${port}`, '--token-file', tokenFile]);
  await vi.waitFor(() => {
    expect(subscriber.lines.at(-1)).toMatchObject({ event: 'trade' });
  }, LONG);
  subscriber.kill('SIGTERM');
  expect([await subscriber.ended, subscriber.lines.at(-1)]).toEqual([0, { event: 'bye' }]);
  expect(onGoodbye).toHaveBeenCalledOnce();
  server.close();
  await rm(state, { recursive: true, force: true });
}, 60_000);
