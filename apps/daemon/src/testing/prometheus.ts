/** One sample of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** A parsed page of metrics. */
export interface MetricsPage {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

/** Parses the text format, strictly. @throws Error for a line that is none. */
export function parseMetrics(text: string): MetricsPage {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
    const sample = /^([a-zA-Z_:]\w*)(\{[^{}]*\})? (\S+)$/.exec(line);
    if (type !== null) types.set(type[1] ?? '', type[2] ?? '');
    else if (sample !== null) samples.push({ name: sample[1] ?? '', labels: sample[2] ?? '', value: sample[3] === 'Nan' ? Number.NaN : Number(sample[3]) });
    else throw new Error(`not a line of the text format: ${line}`);
  }
  return { types, samples };
}
