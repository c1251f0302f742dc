import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '@ibkit/wire';
import { REQUEST_TABLE, TABLE_TIME } from '../testing/request-table.js';
import type { RequestCase } from '../testing/request-table.js';
import { withSimulator } from '../testing/with-simulator.js';

/** Small enough for a few requests to reach them. */
const LIMITS = { marketDataLines: 4, marketDepth: 2, tickByTick: 2, scanners: 2 };
/** TWS API: notices that come with answers. */
const NOTICES: ReadonlySet<number> = new Set([2152]);

function isAbout(message: ServerMessage): string {
  return message.type === 'errMsg' ? `error ${message.code}` : message.type;
}

/** What the outcome looks like when it is one. */
function expected({ outcome }: RequestCase): string | undefined {
  if (outcome === 'nothing') return undefined;
  return 'code' in outcome ? `error ${outcome.code}` : outcome.answer;
}

/** Whether the messages are what the table says. An answer and an error exclude each other. */
function verdict(row: RequestCase, messages: readonly string[]): string {
  const wanted = expected(row);
  const errors = messages.filter((message) => message.startsWith('error'));
  const isRight = wanted === undefined ? messages.length === 0 : messages.includes(wanted) && (wanted.startsWith('error') || errors.length === 0);
  return isRight ? 'as the table says' : `wanted ${wanted ?? 'nothing'}, got ${messages.join(', ')}`;
}

const cases = Object.values(REQUEST_TABLE).flatMap((rows): readonly RequestCase[] => rows);

describe('every request, sound or not, is answered as the table says', () => {
  it.each(cases.map((row) => [row.message.type, row.fault, row] as const))('%s: %s', (_type, _fault, row) =>
    withSimulator({ startAtMs: TABLE_TIME, limits: LIMITS }, async ({ simulator, clock, connect }) => {
      const client = await connect({ clientId: 3 });
      for (const message of row.before ?? []) client.send(message);
      await client.barrier();
      await clock.advance(1);
      await client.barrier();
      const before = client.messages.length;
      client.send(row.message);
      await client.barrier();
      await clock.advance(1);
      await client.barrier();
      const about = client.messages
        .slice(before)
        .filter((message) => row.message.type === 'reqCurrentTime' || message.type !== 'currentTime')
        .filter((message) => !(message.type === 'errMsg' && NOTICES.has(message.code)));
      expect(verdict(row, about.map(isAbout))).toBe('as the table says');
      expect(simulator.control.journal({ kind: 'fault' })).toEqual([]);
    }),
  );
});
