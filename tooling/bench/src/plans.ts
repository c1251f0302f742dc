import type { Subject } from './subjects.js';
import type { Workload } from './workloads.js';

/** One subject in a workload: how many rounds to get warm, how many to measure. */
export interface SubjectPlan {
  readonly subject: Subject;
  readonly warmUpRounds: number;
  readonly rounds: number;
}

/** What to run for one workload. */
export interface WorkloadPlan {
  readonly workload: Workload;
  /** What a message of it is called in the table. */
  readonly unit: '1 M messages' | 'answer';
  readonly series: number;
  readonly subjects: readonly SubjectPlan[];
}

function streams(workload: Workload, quick: boolean): WorkloadPlan {
  // A round has 50,000 messages; fast subjects need millions, or the clock's grain and the compiler are all that one measures.
  const slow = quick ? { warmUpRounds: 6, rounds: 8 } : { warmUpRounds: 10, rounds: 20 };
  const fast = quick ? { warmUpRounds: 10, rounds: 40 } : { warmUpRounds: 20, rounds: 120 };
  return {
    workload,
    unit: '1 M messages',
    series: quick ? 3 : 5,
    subjects: [
      { subject: 'IBApi', ...slow },
      // It has a stream of market data; the other messages would have nowhere to go.
      ...(workload === 'tick' ? [{ subject: 'IBApiNext', ...slow } as const] : []),
      { subject: 'api events', ...fast },
      { subject: 'typed sink', ...fast },
      { subject: 'codec, fast path', ...fast },
      { subject: 'codec, generic', ...slow },
      { subject: 'frame splitter', ...fast },
    ],
  };
}

function bars(workload: Workload, quick: boolean): WorkloadPlan {
  const large = workload === 'bars-100k';
  const rounds = { warmUpRounds: large ? 4 : 20, rounds: large ? 10 : 60 };
  return {
    workload,
    unit: 'answer',
    series: quick ? 3 : 5,
    subjects: [
      // A single answer of 100,000 bars blocks the untouched library for minutes.
      ...(large ? [] : [{ subject: 'IBApi', warmUpRounds: 1, rounds: quick ? 1 : 3 } as const]),
      { subject: 'api events', ...rounds },
      { subject: 'typed sink', ...rounds },
      { subject: 'codec, fast path', ...rounds },
      { subject: 'codec, generic', warmUpRounds: 3, rounds: large ? 3 : 10 },
      { subject: 'frame splitter', ...rounds },
    ],
  };
}

/** The plan of a workload, short or long. */
export function planFor(workload: Workload, quick: boolean): WorkloadPlan {
  return workload.startsWith('bars') ? bars(workload, quick) : streams(workload, quick);
}
