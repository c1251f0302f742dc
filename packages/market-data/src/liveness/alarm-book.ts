import type { StreamAlarm, StreamAlarmOver, StreamIdentity } from './liveness-events.js';
import { CAUSE_WORDS } from './silence-cause.js';
import type { SilenceCause } from './silence-cause.js';

/** Streams with alarms of their own at a time, for one cause; further ones share an alarm. */
const MOST_OF_THEIR_OWN = 5;
/** Names in the details of an alarm; streams beyond are counted in its text only. */
const MOST_NAMES = 20;

/** A stream in trouble, as alarms tell it. */
export interface AlarmSubject extends StreamIdentity {
  /** Tells streams of the same name apart. */
  readonly id: number;
}

interface Open {
  readonly cause: SilenceCause;
  readonly subjects: Set<AlarmSubject>;
}

/** Which alarms are raised: one for a cause that all streams share, one per stream otherwise, and one for the rest when they are many. */
export class AlarmBook {
  readonly #onAlarm: (alarm: StreamAlarm) => void;
  readonly #onOver: (over: StreamAlarmOver) => void;
  readonly #open = new Map<string, Open>();
  readonly #keyOf = new Map<AlarmSubject, string>();

  constructor(options: { readonly onAlarm: (alarm: StreamAlarm) => void; readonly onOver: (over: StreamAlarmOver) => void }) {
    this.#onAlarm = options.onAlarm;
    this.#onOver = options.onOver;
  }

  /** A stream has an alarm for this cause now, and for no other. */
  raise(subject: AlarmSubject, news: { readonly cause: SilenceCause; readonly reason: string; readonly silentMs: number; readonly atMs: number }): void {
    const { cause, atMs } = news;
    const before = this.#keyOf.get(subject);
    if (before !== undefined && this.#open.get(before)?.cause === cause) return;
    if (before !== undefined) this.over(subject, `Now: ${CAUSE_WORDS[cause].title}.`, atMs);
    const key = this.#key(subject, cause);
    this.#keyOf.set(subject, key);
    const open = this.#open.get(key);
    if (open !== undefined) {
      open.subjects.add(subject);
      return;
    }
    this.#open.set(key, { cause, subjects: new Set([subject]) });
    this.#onAlarm(alarmOf(key, subject, news));
  }

  /** A stream is in no trouble any more. */
  over(subject: AlarmSubject, message: string, atMs: number): void {
    const key = this.#keyOf.get(subject);
    const open = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || open === undefined) return;
    this.#keyOf.delete(subject);
    open.subjects.delete(subject);
    if (open.subjects.size > 0) return;
    this.#open.delete(key);
    this.#onOver(Object.freeze({ key, code: CAUSE_WORDS[open.cause].code, message, atMs }));
  }

  #key(subject: AlarmSubject, cause: SilenceCause): string {
    if (CAUSE_WORDS[cause].shared) return cause;
    const own = [...this.#open.values()].filter((open) => open.cause === cause).length;
    return own < MOST_OF_THEIR_OWN ? `${cause}:${subject.name}:${subject.id}` : `${cause}:many`;
  }
}

function alarmOf(key: string, subject: AlarmSubject, news: { readonly cause: SilenceCause; readonly reason: string; readonly silentMs: number; readonly atMs: number }): StreamAlarm {
  const { cause, reason, silentMs, atMs } = news;
  const { code, title, advice, shared, severity } = CAUSE_WORDS[cause];
  const isMany = key.endsWith(':many');
  const first = shared ? 'First seen at' : isMany ? 'More streams are silent, the first of them' : 'Silent:';
  return Object.freeze({
    key,
    code,
    cause,
    severity,
    title: shared ? title : isMany ? `many streams: ${title}` : `${subject.name}: ${title}`,
    message: `${first} ${subject.name}, for ${Math.round(silentMs / 1000)} s. ${reason}. ${advice}`,
    details: Object.freeze({ code, cause, streams: Object.freeze([subject.name].slice(0, MOST_NAMES)), silentMs: Math.round(silentMs) }),
    atMs,
  });
}
