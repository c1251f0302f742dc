/** How far back a query goes: seconds, days, weeks, months or years. */
export interface Duration {
  readonly count: number;
  readonly unit: 'S' | 'D' | 'W' | 'M' | 'Y';
}

const FORM = /^(\d{1,6})\s*([SDWMY])$/i;

function isUnit(text: string): text is Duration['unit'] {
  return text === 'S' || text === 'D' || text === 'W' || text === 'M' || text === 'Y';
}

/** Reads a duration such as `3600 S` or `2 D`; undefined when it has another form or is 0. */
export function parseDuration(text: string): Duration | undefined {
  const match = FORM.exec(text.trim());
  const count = Number(match?.[1] ?? 0);
  const unit = (match?.[2] ?? '').toUpperCase();
  return count > 0 && isUnit(unit) ? { count, unit } : undefined;
}

/** TWS API: the largest count of each unit, and in what to ask for more. */
const MOST: Readonly<Record<Duration['unit'], readonly [most: number, units: string, next: string]>> = {
  S: [86_400, 'seconds', 'days'],
  D: [365, 'days', 'years'],
  W: [52, 'weeks', 'years'],
  M: [12, 'months', 'years'],
  Y: [68, 'years', 'years'],
};

/** TWS API: what is wrong with the length of a duration; undefined when nothing is. */
export function durationProblem({ count, unit }: Duration): string | undefined {
  const [most, units, next] = MOST[unit];
  if (count <= most) return undefined;
  return unit === 'Y' ? `Historical data requests for durations longer than ${most} years are not possible.` : `Historical data requests for durations longer than ${most} ${units} must be made in ${next}.`;
}

/** TWS API: the shortest bars, in seconds, that go with each unit. */
export const SHORTEST_BARS: Readonly<Record<Duration['unit'], number>> = { S: 1, D: 5, W: 10, M: 30, Y: 60 };

/** TWS API: how long a query for one-second bars may be, in seconds. */
export const MOST_SECONDS_OF_SECOND_BARS = 2_000;
