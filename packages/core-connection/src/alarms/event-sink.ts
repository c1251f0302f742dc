import type { Alarm, AlarmSink } from './alarm.js';

/** Hands alarms to a function: to an event bus of your own, a queue, a window. What it throws or rejects with counts as not delivered. */
export function eventSink(emit: (alarm: Alarm) => unknown, name = 'event'): AlarmSink {
  return {
    name,
    deliver: async (alarm) => {
      await emit(alarm);
    },
  };
}
