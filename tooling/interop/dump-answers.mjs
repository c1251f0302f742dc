// Writes generated answers as JSON lines: node tooling/interop/dump-answers.mjs [FIRST LAST COUNT] > answers.jsonl
// Every line is an answer as an object and the payload that @ibkit/wire makes of it at that server version.
import { Buffer } from 'node:buffer';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WHOLE_NUMBERS = ['coupon', 'evMultiplier', 'percent', 'volume'];

// Answers whose numbers TWS always sends, and which ib_async does not read without.
const ALWAYS_FULL = new Set(['historicalData', 'historicalTicks', 'historicalTicksBidAsk', 'historicalTicksLast']);

const wire = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../packages/wire');
const [first = 157, last = 178, count = 8] = process.argv.slice(2).map(Number);

// The generator is a part of the tests of @ibkit/wire, in TypeScript; its own bundler makes it runnable.
const bundler = createRequire(createRequire(path.join(wire, 'package.json')).resolve('tsup'));
const { build } = bundler('esbuild');
const folder = await mkdtemp(path.join(tmpdir(), 'ibkit-answers-'));
const outfile = path.join(folder, 'generator.mjs');
const contents = `
  export { createTextCodec } from './codec.js';
  export { SERVER_LAYOUTS } from './messages.js';
  export { Draw, sampleMessage } from './testing/sample-message.js';
  export { ORACLE_VALUES } from './testing/oracle-values.js';
`;
await build({ stdin: { contents, resolveDir: path.join(wire, 'src') }, outfile, bundle: true, format: 'esm', platform: 'node', conditions: ['@ibkit/source'], logLevel: 'error' });
const { createTextCodec, SERVER_LAYOUTS, Draw, sampleMessage, ORACLE_VALUES } = await import(pathToFileURL(outfile).href);
await rm(folder, { recursive: true });

// Forms that say the same to us and to clients: days without a time behind them.
const values = new Map([...ORACLE_VALUES, ['lastTradeDateOrContractMonth', () => '20250620'], ['maturity', () => '20300601']]);
// Numbers on the wire that ib_async reads with int().
for (const key of WHOLE_NUMBERS) values.set(key, (draw) => draw.integer(1, 100_000));

/** Clients turn these into dates: any text or number will not do. */
function withReadableTimes(value) {
  if (Array.isArray(value)) return value.map(withReadableTimes);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    if (key === 'time' && typeof inner === 'number') return [key, 1_500_000_000 + (Math.abs(inner) % 400_000_000)];
    if (key === 'items') return [key, inner.map((level) => ({ ...level, size: Math.round(level.size ?? 0) }))];
    if (key === 'execution') return [key, { ...inner, time: '20240703 15:00:00 UTC' }];
    return [key, withReadableTimes(inner)];
  });
  return Object.fromEntries(entries);
}
const lines = [];
for (let serverVersion = first; serverVersion <= last; serverVersion += 1) {
  const codec = createTextCodec({ serverVersion });
  for (const layout of Object.values(SERVER_LAYOUTS)) {
    if (layout.since > serverVersion) continue;
    for (let seed = 1; seed <= count; seed += 1) {
      const message = withReadableTimes(sampleMessage(layout, serverVersion, new Draw(seed * 1_000 + serverVersion), { values, full: seed === 1 || ALWAYS_FULL.has(layout.type) }));
      const payload = Buffer.from(codec.encodeServer(message)).subarray(4).toString('utf8');
      lines.push(JSON.stringify({ serverVersion, message, payload }));
    }
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
