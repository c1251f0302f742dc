import { SystemError } from '@ibkit/error-codes';

/** The parts that a program may do without. */
const PARTS = {
  gateway: { what: 'No gateway process is looked after here', tip: 'Configure the gateway (its path and driver) where the daemon or the command line is started, or start it yourself.' },
  flow: { what: 'No options flow service is configured', tip: 'Set API_BASE_URL and API_KEY, or the section of the options flow service in the configuration.' },
  recordings: { what: 'No directory for recordings is configured', tip: 'Configure a directory for recordings where the daemon is started.' },
} as const;

/** The error of an operation whose part is not there: no repetition helps. */
export function notConfiguredError(part: keyof typeof PARTS): SystemError {
  const { what, tip } = PARTS[part];
  return new SystemError({ code: `IBKR_${part.toUpperCase()}_NOT_CONFIGURED`, message: `${what}.`, retryable: false, tips: [tip] });
}
