// A process of the lease tests: "lease" leases an id and says it, "free" gives all back, "race N" leases and frees N times as fast as it can.
import process from 'node:process';
import { createInterface } from 'node:readline';
import { isIbkrError } from '@ibkit/error-codes';
import { ClientIdLeases } from '../pool/client-id-leases.js';
import type { ClientIdLease } from '../pool/client-id-leases.js';

const [stateDirectory = '', first = '', last = ''] = process.argv.slice(2);
const leases = new ClientIdLeases({ stateDirectory, host: '127.0.0.1', port: 4002, range: { first: Number(first), last: Number(last) } });
const held: ClientIdLease[] = [];

function say(fact: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

async function lease(): Promise<ClientIdLease | undefined> {
  try {
    return await leases.acquire();
  } catch (error) {
    if (isIbkrError(error) && error.code === 'IBKR_CLIENT_IDS_EXHAUSTED') return undefined;
    throw error;
  }
}

/** The system's own monotonic clock, the same one in every process. */
function stamp(): string {
  return process.hrtime.bigint().toString();
}

async function race(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const one = await lease();
    if (one === undefined) continue;
    const from = stamp();
    await Promise.resolve();
    const to = stamp();
    await one.close();
    say({ id: one.clientId, from, to });
  }
  say({ done: true });
}

async function obey(line: string): Promise<void> {
  const [word, count] = line.split(' ');
  if (word === 'race') {
    await race(Number(count));
  } else if (word === 'lease') {
    const one = await lease();
    if (one !== undefined) held.push(one);
    say({ id: one?.clientId ?? 'none' });
  } else {
    await Promise.all(held.splice(0).map((one) => one.close()));
    say({ free: true });
  }
}

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) await obey(line);
await leases.close();
