import type { ApiRecording } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import type { ResolvedContract } from '@ibkit/market-data';
import type { OperationsMarketData } from '../options.js';
import { openRecordedLine } from './recorded-line.js';
import type { RecordedLine } from './recorded-line.js';
import type { RecordedTopic } from './recorded-topic.js';
import { writeNote } from './recording-note.js';
import type { RecorderPort } from './recordings-port.js';

/** What a recording is made of. */
export interface ActiveRecordingOptions {
  readonly clock: Clock;
  readonly marketData: OperationsMarketData;
  readonly id: string;
  readonly directory: string;
  readonly recorder: RecorderPort;
  /** Each topic with its contract. */
  readonly topics: readonly { readonly topic: RecordedTopic; readonly contract: ResolvedContract }[];
}

/** A recording that is being written. */
export class ActiveRecording {
  readonly #options: ActiveRecordingOptions;
  readonly #startedAtMs: number;
  readonly #lines: readonly RecordedLine[];
  #gaps = 0;
  #ending: Promise<ApiRecording> | undefined;

  constructor(options: ActiveRecordingOptions) {
    const { clock, marketData, recorder, topics } = options;
    this.#options = options;
    this.#startedAtMs = clock.now();
    const counting = {
      trade: recorder.trade.bind(recorder),
      quote: recorder.quote.bind(recorder),
      bar: recorder.bar.bind(recorder),
      depth: recorder.depth.bind(recorder),
      gap: (row: Parameters<RecorderPort['gap']>[0]) => {
        this.#gaps += 1;
        return recorder.gap(row);
      },
    };
    this.#lines = topics.map(({ topic, contract }) => openRecordedLine(topic, { marketData, contract, recorder: counting, now: () => clock.now() }));
  }

  /** How far it is. */
  get view(): ApiRecording {
    const { id, topics, recorder } = this.#options;
    const { rows, lost, writtenBytes } = recorder.stats();
    return { id, topics: topics.map(({ topic }) => topic.text), active: true, startedAtMs: this.#startedAtMs, rows, bytes: writtenBytes, dropped: lost, gaps: this.#gaps };
  }

  /** Ends it: what came until now is on the disk. Idempotent. @throws the recorder's error when not everything could be written */
  end(): Promise<ApiRecording> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<ApiRecording> {
    const { clock, directory, recorder } = this.#options;
    await Promise.all(this.#lines.map((line) => line.close()));
    await recorder.close();
    const view: ApiRecording = { ...this.view, active: false, endedAtMs: clock.now() };
    await writeNote(directory, view);
    return view;
  }
}
