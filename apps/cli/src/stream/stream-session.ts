import { applyTopicDelta } from '@ibkit/api-contract';
import type { ApiInstrumentFields, StreamMode, TopicKindName, TopicSnapshot } from '@ibkit/api-contract';
import { SystemError } from '@ibkit/error-codes';
import type { Backend } from '../backend/backend.js';
import type { TopicEvent } from '../backend/topic-event.js';
import type { CommandContext } from '../config/globals.js';
import { EXIT } from '../output/exit-codes.js';
import type { ExitCode } from '../output/exit-codes.js';
import { failureDocument, report } from '../output/failures.js';
import type { CommandInput } from '../program/command-input.js';
import { isDumb } from '../render/colors.js';
import { LiveTable } from '../render/live-table.js';
import { clockText, plain } from '../render/text.js';
import { stopSignal } from '../terminal/stopping.js';
import { Budget } from './budget.js';
import { linkNews, linkText } from './link-news.js';

/** When a stream ends by itself. */
export interface StreamLimits {
  readonly forMs: number | undefined;
  readonly updates: number;
}

/** Something that was missed for good. */
export type Gap = { readonly fromMs?: number | undefined; readonly toMs?: number | undefined; readonly reason: string };

/** One followed topic. */
export interface Follow<K extends TopicKindName> {
  readonly kind: K;
  readonly topic: string;
  /** How gaps and failures name it. */
  readonly subject: string;
  readonly instrument?: ApiInstrumentFields | undefined;
  readonly marketData?: 'delayed' | undefined;
  readonly mode?: StreamMode | undefined;
  readonly minIntervalMs?: number | undefined;
  /** Told every state, folded, and the event that made it. */
  readonly onState: (state: TopicSnapshot<K>, event: Extract<TopicEvent<K>, { type: 'snapshot' | 'delta' }>) => void;
  /** Told what was missed, beside what the user sees of it. */
  readonly onGap?: ((gap: Gap, atMs: number) => void) | undefined;
  /** Told what the state was when it stopped being fresh. */
  readonly onStale?: ((cause: string) => void) | undefined;
}

/** The flags of every stream. */
export function streamLimits(input: CommandInput): StreamLimits {
  return { forMs: input.duration('for'), updates: input.whole('count', 1) ?? Number.POSITIVE_INFINITY };
}

function instant(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}

/** A command that follows topics: its end, its screen, what is told beside the data. */
export class StreamSession implements Disposable {
  readonly signal: AbortSignal;
  readonly #context: CommandContext;
  readonly #backend: Backend;
  readonly #budget: Budget;
  readonly #screen: LiveTable | undefined;
  readonly #cancel: () => void;
  readonly #stop = new AbortController();
  #health: TopicSnapshot<'health'> | undefined;
  #daemonLost: string | undefined;

  constructor({ context, backend, limits, draw }: { readonly context: CommandContext; readonly backend: Backend; readonly limits: StreamLimits; readonly draw?: (() => string) | undefined }) {
    this.#context = context;
    this.#backend = backend;
    const ending = stopSignal(context, limits.forMs);
    this.signal = AbortSignal.any([ending.signal, this.#stop.signal]);
    this.#cancel = () => {
      ending.cancel();
    };
    this.#budget = new Budget(limits.updates, () => {
      this.stop();
    });
    const { io, globals } = context;
    this.#screen = draw !== undefined && io.out.isTerminal && !isDumb(io) && !globals.json ? new LiveTable(context, () => `${draw()}${this.#linkLine()}`) : undefined;
  }

  /** Whether a block of text is drawn in its place: then updates are not printed one by one. */
  get drawn(): boolean {
    return this.#screen !== undefined;
  }

  /** Ends the stream as if the user had asked for it. */
  stop(): void {
    this.#stop.abort(new Error('enough'));
  }

  /** Draws now. */
  redraw(): void {
    this.#screen?.refresh();
  }

  /** Whether one more update may be shown. */
  take(): boolean {
    return this.#budget.take();
  }

  /** An update: as a line of JSON, as a line for people, or not at all where the screen shows it. */
  show(document: () => Readonly<Record<string, unknown>>, line: () => string): void {
    const { io, globals } = this.#context;
    if (globals.json) io.out.write(`${JSON.stringify(document())}\n`);
    else if (this.#screen === undefined) io.out.write(line());
  }

  /** Something missing between two updates. */
  gap(subject: string, { fromMs, toMs, reason }: Gap): void {
    const { io, globals } = this.#context;
    const span = fromMs === undefined ? '' : ` from ${clockText(fromMs)}${toMs === undefined ? '' : ` to ${clockText(toMs)}`}`;
    const line = `-- gap in ${plain(subject)}${span}: ${plain(reason)}\n`;
    if (globals.json) io.out.write(`${JSON.stringify({ event: 'gap', symbol: subject, from: instant(fromMs), to: instant(toMs), reason })}\n`);
    else if (this.#screen === undefined) io.out.write(line);
    else this.#beside(line);
  }

  /** Follows a topic until the stream ends. @throws what ended the topic, unless the stream was to end */
  async follow<K extends TopicKindName>({ kind, topic, subject, instrument, marketData, mode, minIntervalMs, onState, onStale, onGap }: Follow<K>): Promise<void> {
    let state: TopicSnapshot<K> | undefined;
    for await (const event of this.#backend.follow(kind, topic, { instrument, marketData, mode, minIntervalMs, signal: this.signal })) {
      switch (event.type) {
        case 'snapshot': {
          state = event.data;
          onState(state, event);
          break;
        }
        case 'delta': {
          if (state === undefined) break;
          state = applyTopicDelta(kind, state, event.data);
          onState(state, event);
          break;
        }
        case 'gap': {
          this.gap(subject, event);
          onGap?.(event, event.atMs);
          break;
        }
        case 'stale': {
          onStale?.(event.cause);
          break;
        }
        case 'lost': {
          this.#daemon(event.reason);
          onStale?.(event.reason);
          break;
        }
        case 'resumed': {
          this.#daemon(undefined);
          break;
        }
        case 'ended': {
          if (this.signal.aborted) return;
          throw event.error ?? new SystemError({ code: 'IBKR_STREAM_ENDED', message: `The stream of ${subject} has ended.`, retryable: true });
        }
      }
      if (event.type === 'snapshot') this.#daemon(undefined);
      if (this.signal.aborted) return;
    }
  }

  /** Follows the connection beside the data, and tells what happens to it. Its own failure ends nothing. */
  async followLink(): Promise<void> {
    try {
      await this.follow({
        kind: 'health',
        topic: 'health',
        subject: 'the connection',
        onState: (health) => {
          const before = this.#health;
          this.#health = health;
          if (before !== undefined) for (const { what, reason } of linkNews(before, health)) this.#connection(what, health.state, reason);
        },
      });
    } catch (error) {
      if (!this.signal.aborted) this.#failed('the connection', error);
    }
  }

  /** Runs `follow` for every subject until all have ended. One that fails is told and does not end the others; it decides the exit code. */
  async all(subjects: readonly string[], follow: (subject: string) => Promise<void>): Promise<ExitCode> {
    let exitCode: ExitCode = EXIT.ok;
    let alive = subjects.length;
    const link = this.followLink();
    try {
      await Promise.all(
        subjects.map(async (subject) => {
          try {
            await follow(subject);
          } catch (error) {
            if (this.signal.aborted) return;
            alive -= 1;
            if (alive === 0) throw error;
            exitCode = this.#failed(subject, error);
          }
        }),
      );
      return exitCode;
    } finally {
      this.stop();
      await link;
    }
  }

  [Symbol.dispose](): void {
    this.stop();
    this.#cancel();
    this.#screen?.close();
  }

  #linkLine(): string {
    const { clock } = this.#context;
    const daemon = this.#daemonLost === undefined ? '' : `, no link to the daemon: ${plain(this.#daemonLost)}`;
    return this.#health === undefined ? '' : `${plain(linkText(this.#health, clock.now()))}${daemon}\n`;
  }

  #daemon(lost: string | undefined): void {
    if ((this.#daemonLost === undefined) === (lost === undefined)) return;
    this.#daemonLost = lost;
    this.#connection(lost === undefined ? 'recovered' : 'lost', this.#health?.state ?? 'unknown', lost === undefined ? 'the daemon answers again' : `no link to the daemon: ${lost} Trying to get it back.`);
  }

  #connection(what: string, state: string, reason: string): void {
    const { io, globals, clock } = this.#context;
    if (globals.json) io.out.write(`${JSON.stringify({ event: 'connection', what, state, at: new Date(clock.now()).toISOString(), reason })}\n`);
    else this.#beside(`-- connection ${what}: ${plain(reason)}\n`);
  }

  /** A line for people where it does not disturb the screen. */
  #beside(line: string): void {
    const write = (): void => {
      this.#context.io.err.write(line);
    };
    if (this.#screen === undefined) write();
    else this.#screen.interject(write);
  }

  #failed(subject: string, error: unknown): ExitCode {
    const { io, globals } = this.#context;
    if (globals.json) io.out.write(`${JSON.stringify({ event: 'error', symbol: subject, error: failureDocument(error) })}\n`);
    let exitCode: ExitCode = EXIT.error;
    const tell = (): void => {
      exitCode = report(io, error, { json: false, debug: globals.debug });
    };
    if (this.#screen === undefined) tell();
    else this.#screen.interject(tell);
    return exitCode;
  }
}
