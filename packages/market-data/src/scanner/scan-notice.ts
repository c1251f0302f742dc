import { describeError } from '@ibkit/error-codes';
import type { BrokerNoticeMessage } from '../connection-port.js';

/** TWS API: the notes and the errors of the service that scans, too. */
const SERVICE_NOTE = 165;
const SERVICE_ERROR = 162;
const NOTHING_FOUND = /no items retrieved|no (results|rows|data)/iu;

/**
 * What a notice means for a scan. `empty`: nothing fits, which is no error. `nothing`: it concerns no rows. `other`: it is judged like any other.
 * TWS API: 165 `no items retrieved`, 162 `API scanner subscription cancelled` as the echo of a cancel, 162 for what cannot be scanned.
 */
export function scanNotice({ code, msg }: Pick<BrokerNoticeMessage, 'code' | 'msg'>): 'empty' | 'nothing' | 'other' {
  if ((code === SERVICE_NOTE || code === SERVICE_ERROR) && NOTHING_FOUND.test(msg)) return 'empty';
  if (code === SERVICE_NOTE) return 'nothing';
  return code === SERVICE_ERROR && describeError(code, msg).name === 'historicalCancelled' ? 'nothing' : 'other';
}
