/** What a reader of ticks got, in its order: ticks by a text that tells them apart, and gaps. */
export type Seen = MadeTick | { readonly gap: true; readonly fromMs: number; readonly toMs: number };

/** A tick that the market made. */
export interface MadeTick {
  readonly tick: string;
  readonly atMs: number;
}

/** What is wrong with what a reader got; nothing when the list is empty. */
export interface TickVerdict {
  readonly faults: readonly string[];
  readonly delivered: number;
  /** Ticks that lie in gaps. */
  readonly missed: number;
  readonly gaps: number;
}

/** On a busy machine everything is read late, and gaps are told by when something was read: this is for what is wrong by far. */
const SLACK_MS = 60_000;

/**
 * Compares what a reader got with what the market made: in the same order, none twice, none invented, and whatever is missing lies at the place
 * of a gap that says so, and in its time. What was made before the first tick and behind the last one is no question, nor is
 * what came later than anything that is known to be made.
 */
export function checkTicks(items: readonly Seen[], made: readonly MadeTick[]): TickVerdict {
  // The past is told up to the last whole second only.
  const untilMs = made.at(-1)?.atMs ?? 0;
  const seen = items.filter((item) => 'gap' in item || item.atMs <= untilMs);
  const faults: string[] = [];
  let [at, missed, delivered, gaps] = [-1, 0, 0, 0];
  let open: { readonly fromMs: number; readonly toMs: number } | undefined;
  for (const [index, item] of seen.entries()) {
    if ('gap' in item) {
      gaps += 1;
      open = open === undefined ? item : { fromMs: Math.min(open.fromMs, item.fromMs), toMs: Math.max(open.toMs, item.toMs) };
      continue;
    }
    delivered += 1;
    const next = at < 0 || open !== undefined ? placeOf(seen, index, made, at + 1) : at + 1;
    if (next < 0 || made[next]?.tick !== item.tick) {
      faults.push(`item ${index}, ${item.tick}: made was ${made[at + 1]?.tick ?? 'nothing'}${open === undefined ? '' : ', behind a gap'}`);
      if (faults.length >= 3) break;
      const found = made.findIndex((other, place) => place > at && other.tick === item.tick);
      if (found >= 0) at = found;
    } else {
      if (at >= 0 && open !== undefined) {
        const lost = made.slice(at + 1, next);
        missed += lost.length;
        for (const { tick, atMs } of lost) {
          if (atMs < open.fromMs - SLACK_MS || atMs > open.toMs + SLACK_MS) faults.push(`${tick} was missed at ${atMs}, outside of the gap ${open.fromMs} to ${open.toMs}`);
        }
      }
      at = next;
    }
    open = undefined;
  }
  return { faults: faults.slice(0, 5), delivered, missed, gaps };
}

/** Where the ticks up to the next gap stand among those that were made, all of them in a row. */
function placeOf(seen: readonly Seen[], from: number, made: readonly MadeTick[], least: number): number {
  const run: string[] = [];
  for (const item of seen.slice(from)) {
    if ('gap' in item) break;
    run.push(item.tick);
  }
  for (let place = least; place < made.length; place += 1) if (run.every((tick, index) => made[place + index]?.tick === tick)) return place;
  return -1;
}
