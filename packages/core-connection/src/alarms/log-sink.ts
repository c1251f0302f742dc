import type { ConnectionLogger } from '../options.js';
import type { AlarmSink } from './alarm.js';

/** Writes alarms to a log: raised ones as errors or warnings, resolved ones as information. */
export function logSink(logger: ConnectionLogger): AlarmSink {
  return {
    name: 'log',
    deliver: ({ key, severity, status, title, message, sinceMs, occurrences, details }) => {
      const fields = { alarm: key, severity, status, sinceMs, occurrences, ...details };
      const text = `${title}: ${message}`;
      if (status === 'resolved') logger.info(fields, `Over: ${text}`);
      else if (severity === 'critical') logger.error(fields, text);
      else logger.warn(fields, text);
    },
  };
}
