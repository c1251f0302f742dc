import { createHash } from 'node:crypto';
import type { JournalRecord } from '@ibkit/gateway-trading';
import { isKnownRecord } from './record-guard.js';

/** What the first record is chained to. */
export const CHAIN_START = '0'.repeat(64);

/** The place of a record in the chain. */
export interface ChainLink {
  readonly seq: number;
  readonly term: number;
  /** The record as {@link canonicalText}. */
  readonly body: string;
  readonly prevHash: string;
}

function canonical(value: unknown, path: string): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value);
      break;
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((item, index) => canonical(item, `${path}[${index}]`) ?? 'null').join(',')}]`;
      return `{${Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([key, item]) => {
          const text = canonical(item, `${path}.${key}`);
          return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
        })
        .join(',')}}`;
    default:
  }
  throw new TypeError(`${path} must be plain data that survives JSON, got ${typeof value}`);
}

/**
 * A record as the one text that its hash is made from: JSON without blanks, keys in code unit order, absent values left out.
 * @throws TypeError that names the field, when a value would not survive.
 */
export function canonicalText(record: JournalRecord): string {
  return canonical(record, 'record') ?? '';
}

/** SHA-256, in hex, over previous hash, number, term and record, one per line: `printf '%s\n%s\n%s\n%s' … | sha256sum` gives the same. */
export function chainHash({ prevHash, seq, term, body }: ChainLink): string {
  return createHash('sha256').update(`${prevHash}\n${seq}\n${term}\n${body}`).digest('hex');
}

/** Reads a record back; `undefined` when it is none that this version knows. */
export function recordFrom(body: string): JournalRecord | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isKnownRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
