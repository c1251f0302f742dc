import type { ServerMessage } from '@ibkit/wire';
import { TimeZone } from '@ibkit/clock';
import { oneOf } from '../control/rules.js';
import { defineFault } from './fault.js';
import type { FaultTiming } from './fault.js';

/**
 * Times of executions and of completed orders, and of intraday bars in date format 1, are printed in another shape that gateways have been seen to use. TWS API:
 * `zone` is `yyyymmdd hh:mm:ss America/New_York`; `bare` is `yyyymmdd  hh:mm:ss`, two spaces and no zone, in the gateway's own time, here New York's; `dashed` is `yyyymmdd-hh:mm:ss`, UTC.
 */
export interface TimeShapeFault extends FaultTiming {
  readonly type: 'time-shape';
  readonly shape: 'zone' | 'bare' | 'dashed';
}

export type TimeFault = TimeShapeFault;

const GATEWAY_ZONE = 'America/New_York';
const UTC_TIME = /^(\d{4})(\d{2})(\d{2})-(\d{2}):(\d{2}):(\d{2})$/;
const ZONED_TIME = /^(\d{4})(\d{2})(\d{2}) (\d{2}):(\d{2}):(\d{2}) (\S+)$/;

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** The instant that one of our own times names; undefined for a date, and for what is no time. A time that there is twice is the earlier one. */
function instantOf(text: string): number | undefined {
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', zone = 'UTC'] = UTC_TIME.exec(text) ?? ZONED_TIME.exec(text) ?? [];
  if (year === '') return undefined;
  return new TimeZone(zone).instantOf(`${year}-${month}-${day}`, ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1_000);
}

function printed(atMs: number, shape: TimeShapeFault['shape']): string {
  const { year, month, day, hour, minute, second } = new TimeZone(shape === 'dashed' ? 'UTC' : GATEWAY_ZONE).read(atMs);
  const [date, time] = [`${year}${pad(month)}${pad(day)}`, `${pad(hour)}:${pad(minute)}:${pad(second)}`];
  if (shape === 'dashed') return `${date}-${time}`;
  return shape === 'bare' ? `${date}  ${time}` : `${date} ${time} ${GATEWAY_ZONE}`;
}

function reshaped(text: string, shape: TimeShapeFault['shape']): string {
  const atMs = instantOf(text);
  return atMs === undefined ? text : printed(atMs, shape);
}

function reshape(message: ServerMessage, shape: TimeShapeFault['shape']): ServerMessage {
  switch (message.type) {
    case 'execDetails':
      return { ...message, execution: { ...message.execution, time: reshaped(message.execution.time, shape) } };
    case 'completedOrder': {
      const { orderState } = message;
      return { ...message, orderState: { ...orderState, completedTime: reshaped(orderState.completedTime ?? '', shape) } };
    }
    case 'historicalData':
      return { ...message, bars: message.bars.map((bar) => ({ ...bar, date: reshaped(bar.date, shape) })) };
    case 'historicalDataUpdate':
      return { ...message, bar: { ...message.bar, date: reshaped(message.bar.date, shape) } };
    default:
      return message;
  }
}

/** Faults of how times are printed. */
export const TIME_FAULTS = [
  defineFault<TimeShapeFault>({
    type: 'time-shape',
    rules: { shape: oneOf('zone', 'bare', 'dashed') },
    begin: ({ shape }) => ({ onMessage: (_session, message) => reshape(message, shape) }),
  }),
] as const;
