import type { ApiPosition, TopicDelta, TopicSnapshot } from '@ibkit/api-contract';
import type { Live, Pnl, SegmentedValue } from '@ibkit/gateway-trading';
import { known } from '../../views/known.js';
import { microseconds } from '../topic-event.js';
import { amountText, numberText } from './numbers.js';

type PositionData = TopicDelta<'positions'>['positions'][number];
type ValueData = TopicDelta<'account'>['values'][number];

/** A position of an answer as the stream tells it. */
export function positionData(position: ApiPosition): PositionData {
  return known<PositionData>({
    ...position,
    position: numberText(position.position),
    averageCost: amountText(position.averageCost),
    marketPrice: amountText(position.marketPrice),
    marketValue: amountText(position.marketValue),
    unrealizedPnl: amountText(position.unrealizedPnl),
    realizedPnl: amountText(position.realizedPnl),
  });
}

/** TWS API, updateAccountValue: the part of the account stands behind the name. */
const SUFFIX = { total: '', securities: '-S', commodities: '-C', crypto: '-P' } as const;

/** A value of an account, named as the broker names it. */
export function valueData({ tag, segment, value, currency }: SegmentedValue): ValueData {
  return known<ValueData>({ tag: `${tag}${SUFFIX[segment]}`, value, currency });
}

/** Profit and loss as the stream tells it. */
export function pnlData({ account, dailyPnl, unrealizedPnl, realizedPnl, stale, receivedAtMs }: Live<Pnl>): TopicSnapshot<'pnl'> {
  return known<TopicSnapshot<'pnl'>>({ account, dailyPnl: amountText(dailyPnl), unrealizedPnl: amountText(unrealizedPnl), realizedPnl: amountText(realizedPnl), stale, receivedAtUs: microseconds(receivedAtMs) });
}
