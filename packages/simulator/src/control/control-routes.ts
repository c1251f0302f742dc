import { UsageError } from '@ibkit/error-codes';
import { FAULT_TYPES, isFault } from '../faults/catalogue.js';
import type { WitnessFilter, WitnessKind } from '../server/witness-journal.js';
import { CLOCK_COMMAND, MARKET_COMMAND } from './commands.js';
import { MANUAL_ORDER } from './manual-orders.js';
import type { SimulatorControl } from './simulator-control.js';

/** What a route answers: a document, or lines that are sent one by one. */
export type ControlAnswer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'lines'; readonly items: Iterable<unknown> };

/** What a route is asked. */
export interface ControlCall {
  readonly query: URLSearchParams;
  /** Whether the caller wants JSON lines. */
  readonly wantsLines: boolean;
  /** @throws Problem */
  readonly body: () => Promise<unknown>;
}

/** Answers one method of one path. */
export type ControlRoute = (control: SimulatorControl, call: ControlCall) => ControlAnswer | Promise<ControlAnswer>;

const KINDS: ReadonlySet<string> = new Set<WitnessKind>(['in', 'out', 'order', 'execution', 'fault', 'client', 'control']);
const DEFAULT_ENTRIES = 1_000;
const MOST_ENTRIES = 10_000;

function json(body: unknown, status = 200): ControlAnswer {
  return { kind: 'json', status, body };
}

/** @throws UsageError for a parameter that the path does not have. */
function onlyKnown(query: URLSearchParams, ...known: readonly string[]): void {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw new UsageError({ field: name, value: query.get(name), rule: known.length === 0 ? 'must not be given: this path has no parameters' : `must be one of ${known.join(', ')}` });
  }
}

function numberOf(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value < min || value > max) throw new UsageError({ field: name, value: text, rule: `must be a whole number from ${min} to ${max}` });
  return value;
}

function isKind(text: string): text is WitnessKind {
  return KINDS.has(text);
}

function filterOf(query: URLSearchParams): WitnessFilter {
  const kind = query.get('kind');
  if (kind !== null && !isKind(kind)) throw new UsageError({ field: 'kind', value: kind, rule: `must be one of ${[...KINDS].join(', ')}` });
  return {
    kind: kind ?? undefined,
    clientId: numberOf(query, 'clientId', 0, 2_147_483_647),
    type: query.get('type') ?? undefined,
    afterSeq: numberOf(query, 'afterSeq', 0, Number.MAX_SAFE_INTEGER),
  };
}

function journal(control: SimulatorControl, { query, wantsLines }: ControlCall): ControlAnswer {
  onlyKnown(query, 'kind', 'clientId', 'type', 'afterSeq', 'limit', 'format');
  const format = query.get('format');
  if (format !== null && format !== 'json' && format !== 'jsonl') throw new UsageError({ field: 'format', value: format, rule: 'must be json or jsonl' });
  const isLines = format === null ? wantsLines : format === 'jsonl';
  const filter = filterOf(query);
  const limit = numberOf(query, 'limit', 1, isLines ? Number.MAX_SAFE_INTEGER : MOST_ENTRIES) ?? (isLines ? Number.MAX_SAFE_INTEGER : DEFAULT_ENTRIES);
  const found = control.journal(filter);
  const entries = found.slice(0, limit);
  if (isLines) return { kind: 'lines', items: entries };
  const last = entries.at(-1);
  return json({ entries, lastSeq: control.lastSeq, nextAfterSeq: found.length > entries.length ? last?.seq : undefined });
}

/** Every path of the control port, with its methods. */
export const CONTROL_ROUTES: Readonly<Record<string, Readonly<Record<string, ControlRoute>>>> = {
  '/state': {
    GET: (control, { query }) => {
      onlyKnown(query);
      return json(control.state());
    },
  },
  '/faults': {
    GET: (control, { query }) => {
      onlyKnown(query);
      return json({ faults: control.state().faults, types: FAULT_TYPES });
    },
    POST: async (control, { query, body }) => {
      onlyKnown(query);
      const fault = await body();
      // A fault that is over at once has an id, too, and is not listed any more.
      if (!isFault(fault)) return json({}, 400);
      const { id } = control.inject(fault);
      await control.portSettled();
      return json({ id }, 201);
    },
    DELETE: async (control, { query }) => {
      onlyKnown(query, 'id', 'type');
      const type = query.get('type');
      if (type !== null && !FAULT_TYPES.includes(type)) throw new UsageError({ field: 'type', value: type, rule: `must be one of ${FAULT_TYPES.join(', ')}` });
      const ended = control.endFaults({ id: query.get('id') ?? undefined, type: type ?? undefined });
      await control.portSettled();
      return json({ ended });
    },
  },
  '/market': {
    POST: async (control, { query, body }) => {
      onlyKnown(query);
      const command = await body();
      MARKET_COMMAND.check(command, '');
      control.moveMarket(command);
      return json(control.quote(command.symbol));
    },
  },
  '/clock': {
    POST: async (control, { query, body }) => {
      onlyKnown(query);
      const command = await body();
      CLOCK_COMMAND.check(command, '');
      if (command.action === 'step') return json(await control.step(command.ms));
      if (command.action === 'advance') return json(await control.advance(command.ms));
      control.moveClock(command);
      return json(control.state().clock);
    },
  },
  '/orders': {
    POST: async (control, { query, body }) => {
      onlyKnown(query);
      const order = await body();
      MANUAL_ORDER.check(order, '');
      return json(control.placeManualOrder(order), 201);
    },
    DELETE: (control, { query }) => {
      onlyKnown(query, 'permId');
      control.cancelManualOrder(query.get('permId') ?? '');
      return json({});
    },
  },
  '/approve': {
    POST: async (control, { query }) => {
      onlyKnown(query);
      const approved = control.approve();
      await control.portSettled();
      return json({ approved });
    },
  },
  '/journal': { GET: journal },
};
