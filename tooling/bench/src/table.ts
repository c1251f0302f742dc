import type { WorkloadPlan } from './plans.js';

/** The runs of one subject. */
export interface Row {
  readonly subject: string;
  readonly cpuMsPerMessage: readonly number[];
}

/** The middle value; of an even number of values the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

/** CPU per unit with its spread, and how many times less than plain IBApi: the median of the ratios within each series. */
export function tableOf(plan: WorkloadPlan, rows: readonly Row[]): string {
  // Per message in ms is per million in 1,000 s: one factor makes seconds of it.
  const scale = plan.unit === 'answer' ? 1 : 1000;
  const unit = plan.unit === 'answer' ? 'CPU ms per answer' : 'CPU s per 1 M messages';
  const plain = rows.find((row) => row.subject === 'IBApi');
  const lines = rows.map(({ subject, cpuMsPerMessage }) => {
    const values = cpuMsPerMessage.map((value) => value * scale);
    const spread = `${format(Math.min(...values))}..${format(Math.max(...values))}`;
    const ratios = cpuMsPerMessage.map((value, index) => (plain?.cpuMsPerMessage[index] ?? Number.NaN) / value);
    const ratio = plain === undefined ? '-' : `${median(ratios).toFixed(1)}x`;
    return `| ${subject} | ${format(median(values))} | ${spread} | ${ratio} |`;
  });
  return [`${plan.workload} (${plan.series} interleaved series)`, '', `| reader | ${unit} | spread | IBApi CPU / this CPU |`, '| --- | ---: | ---: | ---: |', ...lines].join('\n');
}

function format(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}
