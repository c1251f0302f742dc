import { parseLocalDate } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { FlowSpanOptions } from './flow-port.js';

/** A span as a query writes it. */
export interface FlowSpanText {
  readonly date?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
}

/** `2026-11-20`, `2026-11-20T09:30`, or `09:30` of the `date`. */
const MOMENT = /^(?:(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?|(\d{2}:\d{2}))$/u;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/u;

/** Reads a span of days and times of day, which are those of New York at the service. @throws {@link UsageError} naming the field. */
export function flowSpan({ date, from, to, limit }: FlowSpanText): FlowSpanOptions {
  const day = date === undefined ? undefined : dayOf('date', date, date);
  const [startDate = day, startTime] = momentOf('from', from, day);
  const [endDate = day, endTime] = momentOf('to', to, day);
  return { startDate, startTime, endDate, endTime, limit };
}

function momentOf(field: string, text: string | undefined, day: string | undefined): readonly [date: string | undefined, time: string | undefined] {
  if (text === undefined) return [undefined, undefined];
  const [, date, dayTime, time] = MOMENT.exec(text.trim()) ?? [];
  const rule = 'must be a day YYYY-MM-DD, a day and time YYYY-MM-DDTHH:MM, or a time HH:MM of `date`';
  if (date === undefined && time === undefined) throw new UsageError({ field, value: text, rule });
  if (date !== undefined && day !== undefined) throw new UsageError({ field, value: text, rule: 'must be a time HH:MM when `date` is given' });
  if (date === undefined && day === undefined) throw new UsageError({ field, value: text, rule: 'must have a day, or `date` must be given' });
  const clockTime = dayTime ?? time;
  if (clockTime !== undefined && !TIME.test(clockTime)) throw new UsageError({ field, value: text, rule });
  return [date === undefined ? undefined : dayOf(field, date, text), clockTime];
}

function dayOf(field: string, day: string, text: string): string {
  try {
    parseLocalDate(day.trim());
    return day.trim();
  } catch (cause) {
    throw new UsageError({ field, value: text, rule: 'must be a day of the calendar, YYYY-MM-DD', cause });
  }
}
