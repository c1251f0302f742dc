import type { ApiFill } from '@ibkit/api-contract';
import type { Commission, Fill, FillReport, OrderState } from '@ibkit/gateway-trading';
import { contractView } from './contract.js';
import { known } from './known.js';

function commissionView(commission: Commission): ApiFill['commission'] {
  if (commission.status === 'pending') return { status: 'pending' };
  const { status, amount, currency, realizedPnl } = commission;
  return known({ status, amount, currency, realizedPnl });
}

type FillFacts = Omit<FillReport, 'intentId' | 'atMs'>;

function view(fill: FillFacts): ApiFill {
  const { execId, key, tag, account, contract, side, quantity, price, exchange, kind, time, executedAtMs, clientId, orderId, permIds, commission } = fill;
  return known<ApiFill>({
    execId,
    key,
    tag,
    account,
    contract: contractView(contract),
    side,
    quantity,
    price,
    exchange,
    kind: kind === 'whole' ? undefined : kind,
    time,
    executedAtMs,
    clientId,
    orderId,
    permIds: [...permIds],
    commission: commissionView(commission),
  });
}

/** A fill of ours as answers show it. */
export function fillView(fill: FillReport): ApiFill {
  return view(fill);
}

/** The same for a fill in the state of its order: a leg of a combination names what was traded, everything else is the order's instrument. */
export function orderFillView(fill: Fill, { key, tag, account, contract, clientId, orderId, permIds }: OrderState): ApiFill {
  return view({ ...fill, key, tag, account, contract: fill.contract ?? contract, executedAtMs: fill.executedAtMs, kind: fill.kind ?? 'whole', clientId, orderId, permIds });
}
