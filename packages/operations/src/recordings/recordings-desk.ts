import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ApiRecording } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { RequestError, SystemError, isIbkrError } from '@ibkit/error-codes';
import { instrumentQuery } from '../instruments/instrument-query.js';
import type { OperationsMarketData } from '../options.js';
import { known } from '../views/known.js';
import { ActiveRecording } from './active-recording.js';
import { recordedTopic } from './recorded-topic.js';
import { readNote, writeNote } from './recording-note.js';
import type { RecordingsPort } from './recordings-port.js';

/** What a {@link RecordingsDesk} works with. */
export interface RecordingsDeskOptions {
  readonly clock: Clock;
  readonly marketData: OperationsMarketData;
  readonly recordings: RecordingsPort;
  readonly version: string;
  readonly simulated: boolean;
}

const KILLED = 'its program ended without a word';

/** Recordings of this program, running and past. Where they are kept comes from the configuration, never from a request. */
export class RecordingsDesk implements AsyncDisposable {
  readonly #options: RecordingsDeskOptions;
  readonly #active = new Map<string, ActiveRecording>();
  #closed = false;

  constructor(options: RecordingsDeskOptions) {
    this.#options = options;
  }

  /** Every recording, the newest first. */
  async list(): Promise<ApiRecording[]> {
    const { directory } = this.#options.recordings;
    const names = await readdir(directory).catch(() => []);
    const past = await Promise.all(names.filter((name) => !this.#active.has(name)).map((name) => this.#past(name)));
    return [...[...this.#active.values()].map(({ view }) => view), ...past.filter((recording) => recording !== undefined)].sort((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1));
  }

  /**
   * Begins to record. Contracts are looked up first: a recording of something that does not exist would be silence that looks like a quiet market.
   * @throws UsageError for a topic that cannot be recorded; the errors of a look-up; the recorder's errors.
   */
  async start(texts: readonly string[], signal: AbortSignal | undefined): Promise<ApiRecording> {
    this.#checkOpen();
    const { clock, marketData, recordings, version, simulated } = this.#options;
    const topics = [...new Set(texts)].map(recordedTopic);
    const found = await Promise.all(topics.map(async (topic) => ({ topic, contract: await marketData.resolve(instrumentQuery(topic.instrument), { signal }) })));
    const { id, directory } = await this.#directory();
    const recorder = await recordings.open({ directory, source: { name: simulated ? 'simulator' : 'TWS API', recordedBy: `ibkit ${version}` } });
    try {
      await writeNote(directory, { id, topics: topics.map(({ text }) => text), active: true, startedAtMs: clock.now(), rows: 0, bytes: 0, dropped: 0, gaps: 0 });
      signal?.throwIfAborted();
      this.#checkOpen();
    } catch (error) {
      await recorder.close();
      throw error;
    }
    const recording = new ActiveRecording({ clock, marketData, id, directory, recorder, topics: found });
    this.#active.set(id, recording);
    return recording.view;
  }

  /** Ends a recording; one that is over already stays as it is. @throws RequestError `IBKR_RECORDING_NOT_FOUND`; the recorder's error when not everything could be written */
  async stop(id: string): Promise<ApiRecording> {
    const active = this.#active.get(id);
    if (active === undefined) {
      const past = (await this.list()).find((recording) => recording.id === id);
      if (past !== undefined) return past;
      throw new RequestError({ code: 'IBKR_RECORDING_NOT_FOUND', message: `There is no recording ${JSON.stringify(id.slice(0, 64))}.`, retryable: false, tips: ['See /v1/recordings for those that there are.'] });
    }
    try {
      return await active.end();
    } finally {
      this.#active.delete(id);
    }
  }

  /**
   * Begins anew what a program that was killed was recording: under a new id, and the old recording says so. What lies between the two is in neither.
   * Nothing is begun twice, however often it is asked. @returns the recordings that were begun; a failure that passes leaves the rest for the next time
   */
  async resume(signal?: AbortSignal): Promise<ApiRecording[]> {
    const { directory: parent } = this.#options.recordings;
    const begun: ApiRecording[] = [];
    for (const { id, active } of await this.list()) {
      const directory = path.join(parent, id);
      const note = active ? undefined : await readNote(directory);
      if (note?.active !== true) continue;
      const next = await this.#goOn(note.topics, signal);
      if (typeof next !== 'string') begun.push(next);
      const past = await this.#past(id);
      const outcome = typeof next === 'string' ? `it was not begun anew: ${next}` : `${next.id} goes on with its topics`;
      if (past !== undefined) await writeNote(directory, { ...past, active: false, endReason: `${KILLED}; ${outcome}` });
    }
    return begun;
  }

  /** Ends every recording. Idempotent. @throws AggregateError when one could not write everything */
  async close(): Promise<void> {
    this.#closed = true;
    const ended = await Promise.allSettled([...this.#active.keys()].map((id) => this.stop(id)));
    const failed = ended.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
    if (failed.length > 0) throw new AggregateError(failed, 'Not every recording could be written to its end');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins to record, or says why that will never work, such as for an option that has expired. @throws what may pass */
  async #goOn(topics: readonly string[], signal: AbortSignal | undefined): Promise<ApiRecording | string> {
    try {
      return await this.start(topics, signal);
    } catch (error) {
      if (!isIbkrError(error) || error.retryable || signal?.aborted === true || this.#closed) throw error;
      return error.message;
    }
  }

  /** A directory that nobody has: its name is the id. */
  async #directory(): Promise<{ readonly id: string; readonly directory: string }> {
    const { clock, recordings } = this.#options;
    await mkdir(recordings.directory, { recursive: true });
    const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/gu, '');
    for (let attempt = 1; attempt <= 1000; attempt += 1) {
      const id = attempt === 1 ? stamp : `${stamp}-${attempt}`;
      const directory = path.join(recordings.directory, id);
      try {
        await mkdir(directory);
        return { id, directory };
      } catch (error) {
        if (!isTaken(error)) throw new SystemError({ code: 'IBKR_RECORDING_DISK', message: 'The directory for recordings cannot be written to.', cause: error });
      }
    }
    throw new SystemError({ code: 'IBKR_RECORDING_DISK', message: 'Too many recordings began within one second.', retryable: true });
  }

  async #past(name: string): Promise<ApiRecording | undefined> {
    const { directory: parent, describe } = this.#options.recordings;
    const directory = path.join(parent, name);
    const note = await readNote(directory);
    if (note?.id !== name) return undefined;
    if (!note.active) return note;
    // Its program ended without a word, or another one writes it at this moment: the segments know.
    try {
      const { rows, bytes, kinds, toMs, live } = await describe(directory);
      return known({ ...note, active: live, endedAtMs: live ? undefined : toMs, endReason: live ? undefined : KILLED, rows, bytes, gaps: kinds['gap'] ?? 0 });
    } catch {
      return { ...note, active: false, endReason: KILLED };
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new SystemError({ code: 'IBKR_OPERATIONS_CLOSED', message: 'The operations were closed.', retryable: false });
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
