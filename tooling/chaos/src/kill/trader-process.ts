import { writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createScaledClock, systemClock } from '@ibkit/clock';
import type { Journal, JournalRecord } from '@ibkit/gateway-trading';
import type { OrderPlan } from '../judge/intent.js';
import { CLIENT_SPEED } from '../stage/speeds.js';
import { IbkitTrader } from '../traders/ibkit-trader.js';
import { HERE } from './trader-child.js';
import type { ChildCommand, ChildSettings } from './trader-child.js';

// A process that trades as it is told, line by line, and stands still at the moment at which it is to be killed.

function isSettings(value: unknown): value is ChildSettings {
  return typeof value === 'object' && value !== null && 'port' in value && 'directory' in value;
}

function isCommand(value: unknown): value is ChildCommand {
  return typeof value === 'object' && value !== null && 'do' in value;
}

function say(line: string): void {
  // At once: a process that stands still writes nothing later.
  writeSync(process.stdout.fd, `${line}\n`);
}

const settings: unknown = JSON.parse(process.argv[2] ?? '');
if (!isSettings(settings)) throw new Error('the first argument must be settings');
let stopAt: ChildCommand['stopAt'];

function isVictim(records: readonly JournalRecord[]): boolean {
  return records.some(({ type }) => type === 'order.staged' || type === 'order.cancelRequested');
}

/** Never comes back: the process is killed meanwhile. */
function standStill(): Promise<never> {
  say(HERE);
  return new Promise(() => undefined);
}

function mortal(journal: Journal): Journal {
  return {
    head: () => journal.head(),
    read: (fromSeq) => journal.read(fromSeq),
    async append(records, guard) {
      if (stopAt === 'before journal' && isVictim(records)) return standStill();
      const result = await journal.append(records, guard);
      if (stopAt === 'after journal' && isVictim(records)) return standStill();
      return result;
    },
  };
}

const { port, directory, clientId, seed } = settings;
const trader = await IbkitTrader.open({
  clock: createScaledClock(systemClock(), { speed: CLIENT_SPEED }),
  port,
  clientId,
  directory,
  journal: 'sqlite',
  onUnknown: 'warn',
  seed,
  note: () => undefined,
  wrap: mortal,
});

async function obey(command: ChildCommand): Promise<void> {
  ({ stopAt } = command);
  const order: OrderPlan | undefined = command.order;
  const outcome = command.do === 'place' && order !== undefined ? await trader.place(command.key, order) : await trader.cancel(command.key);
  const findings = await trader.findings();
  say(JSON.stringify({ do: command.do, key: command.key, text: outcome.text, findings }));
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command: unknown = JSON.parse(line);
    if (isCommand(command)) void obey(command);
  })
  .on('close', () => {
    // The parent is gone.
    process.exit();
  });
say('ready');
