import type { Prediction } from '../answers/answers.js';

const NAMES = ['id', 'prediction_id', 'timestamp', 'prediction_time', 'created_at', 'datetime'] as const;

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${parts.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}

/** What tells one prediction from the next: its id or time where it has one, else everything that it says. */
export function identityOf(prediction: Prediction): string {
  const named = NAMES.filter((name) => prediction.raw[name] !== undefined && prediction.raw[name] !== null);
  return named.length === 0 ? canonical(prediction.raw) : named.map((name) => `${name}=${canonical(prediction.raw[name])}`).join(' ');
}
