import type { ApiReconcile, ApiRisk } from '@ibkit/api-contract';
import { GATE_REASONS } from '@ibkit/gateway-trading';
import type { ReconcileReport, ResolvedLimits } from '@ibkit/gateway-trading';
import { known } from '../views/known.js';
import { foreignOrderView, orderView } from '../views/order.js';
import type { RiskDeps } from './risk-deps.js';

function numeric(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

type Caps = NonNullable<ApiRisk['perDay']>;

/** Absent without any cap: a list of nothing would look like caps. */
function capsView(caps: Caps): Caps | undefined {
  const given = known(caps);
  return Object.keys(given).length === 0 ? undefined : given;
}

function limitsView({ orderQuantity, orderNotional, dayQuantity, dayNotional, dayOrders, rate, band }: ResolvedLimits): Pick<ApiRisk, 'perOrder' | 'perDay' | 'orderRate' | 'priceBandPercent'> {
  return {
    perOrder: capsView({ maxQuantity: numeric(orderQuantity), maxNotional: numeric(orderNotional) }),
    perDay: capsView({ maxQuantity: numeric(dayQuantity), maxNotional: numeric(dayNotional), maxOrders: dayOrders }),
    orderRate: rate === undefined ? undefined : { maxOrders: rate.maxOrders, perMs: rate.perMs },
    priceBandPercent: band?.percent,
  };
}

/** What limits orders now: gate, kill switch, arming, caps and their use. @throws {@link UsageError} before trading was started */
export function riskView(trading: Pick<RiskDeps['trading'], 'gate' | 'risk' | 'arming'>): ApiRisk {
  const { mode, allowedAccounts, killSwitch, limits, today, unknownOrders } = trading.risk();
  const { arming } = trading;
  return known<ApiRisk>({
    mode,
    gate: trading.gate().map((reason) => ({ reason, explanation: GATE_REASONS[reason] })),
    killSwitch: killSwitch.engaged,
    killSwitchReason: killSwitch.engaged ? killSwitch.reason : undefined,
    arming: arming === undefined ? undefined : { ...arming },
    allowedAccounts: [...allowedAccounts],
    ...limitsView(limits),
    today: { ...today, notional: { ...today.notional } },
    unknownOrders,
  });
}

/** What a comparison with the broker found. */
export function reconcileView({ epoch, trigger, startedAtMs, finishedAtMs, resolved, unknown, missing, newFills, foreignOrders }: ReconcileReport): ApiReconcile {
  return {
    epoch, trigger, startedAtMs, finishedAtMs, newFills,
    resolved: resolved.map(orderView),
    unknown: unknown.map(orderView),
    missing: missing.map(orderView),
    foreignOrders: foreignOrders.map(foreignOrderView),
  }; // prettier-ignore
}
