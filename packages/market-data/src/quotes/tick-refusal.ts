import { MarketDataError } from '@ibkit/error-codes';
import type { BrokerNoticeMessage } from '../connection-port.js';

/** TWS API: error validating request; its text says which. */
const INVALID_REQUEST = 321;
const ABOUT_TICKS = /generic tick list/iu;
/** `Legal ones for (STK) are: 100(Option Volume),221/220(Creditman Mark Price)`. */
const LEGAL = /are:(.*)$/su;
const IDS = /(\d+(?:\/\d+)*)\(/gu;

/** The ticks of a list that the broker says are not legal; `undefined` when a notice is about something else or names no legal ones. */
export function refusedTicks(notice: BrokerNoticeMessage, asked: readonly number[]): readonly number[] | undefined {
  if (notice.code !== INVALID_REQUEST || !ABOUT_TICKS.test(notice.msg)) return undefined;
  const legal = new Set([...(LEGAL.exec(notice.msg)?.[1] ?? '').matchAll(IDS)].flatMap(([, ids = '']) => ids.split('/').map(Number)));
  const refused = asked.filter((id) => !legal.has(id));
  return legal.size === 0 || refused.length === 0 ? undefined : refused;
}

/** What whoever asked for such ticks is told, while the others on the line go on. */
export function ticksRefused(what: string, refused: readonly number[]): MarketDataError {
  return new MarketDataError({
    code: 'IBKR_MARKET_DATA_TICKS_REFUSED',
    message: `The broker refuses generic tick ${refused.join(', ')} for ${what}`,
    brokerCode: INVALID_REQUEST,
    tips: ['Leave them out: TWS refuses the whole request for one tick that it does not know. Newer versions know no 104, 162, 576 and 578.'],
    details: { refused },
  });
}
