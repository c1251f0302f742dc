import { STREAM_BAR_SIZES, TICK_KINDS, TOPIC_KINDS } from './topics.js';
import type { TopicKindName } from './topics.js';

/** A topic, read. */
export interface Topic {
  readonly kind: TopicKindName;
  readonly instrument?: string | undefined;
  readonly account?: string | undefined;
  readonly tick?: (typeof TICK_KINDS)[number] | undefined;
  readonly size?: (typeof STREAM_BAR_SIZES)[number] | undefined;
}

function isKind(text: string): text is TopicKindName {
  return Object.hasOwn(TOPIC_KINDS, text);
}

function oneOf<T extends string>(list: readonly T[], text: string | undefined): T | undefined {
  return list.find((item) => item === text);
}

/** No control characters, no slash: it stands between slashes. */
const PART = /^[^\p{Cc}/]{1,64}$/u;

/**
 * Reads a topic such as `quotes/SPY` or `bars/@756733/5s`. Parts may be percent-encoded; symbols are taken in capitals, as they are written everywhere.
 * @returns `undefined` for a text that is no topic
 */
export function parseTopic(text: string): Topic | undefined {
  let parts: string[];
  try {
    parts = text.split('/').map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
  const [kind = '', first, second] = parts;
  if (!isKind(kind) || parts.length !== TOPIC_KINDS[kind].pattern.split('/').length || !parts.every((part) => PART.test(part))) return undefined;
  const instrument = first?.trim().toUpperCase();
  if (instrument === '') return undefined;
  switch (kind) {
    case 'quotes': case 'trades': case 'depth': return { kind, instrument };
    case 'ticks': {
      const tick = oneOf(TICK_KINDS, second);
      return tick === undefined ? undefined : { kind, instrument, tick };
    }
    case 'bars': {
      const size = oneOf(STREAM_BAR_SIZES, second);
      return size === undefined ? undefined : { kind, instrument, size };
    }
    case 'account': case 'pnl': return { kind, account: first };
    default: return { kind };
  }
}

/** Writes a topic in its one canonical form. */
export function topicText({ kind, instrument, account, tick, size }: Topic): string {
  return [kind, instrument, account, tick, size].filter((part) => part !== undefined).map((part) => encodeURIComponent(part).replaceAll('%40', '@')).join('/');
}
