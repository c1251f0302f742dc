import type { Clock } from '@ibkit/clock';
import type { ConnectionManager } from '@ibkit/core-connection';
import type { Trading } from '@ibkit/gateway-trading';
import type { MarketData } from '@ibkit/market-data';

/** What the order operations work with. */
export interface OrderDeps {
  readonly clock: Clock;
  readonly connection: Pick<ConnectionManager, 'session' | 'accounts'>;
  /** Started. */
  readonly trading: Pick<
    Trading,
    | 'events' | 'order' | 'orders' | 'fills' | 'risk' | 'gate' | 'checkGate' | 'noteRefusal' | 'lastReconcile' | 'positions'
    | 'place' | 'bracket' | 'placeSpread' | 'closePosition' | 'modify' | 'cancel' | 'cancelAll'
    | 'preview' | 'previewBracket' | 'previewSpread' | 'whatIf'
  >; // prettier-ignore
  /** The one that `trading` was given: it finds contracts. */
  readonly marketData: Pick<MarketData, 'resolve'>;
  /** How long a preview may be redeemed, milliseconds. @defaultValue 60000 */
  readonly previewTtlMs?: number | undefined;
  /** What the market may move between the preview and the placement of an order without a price of its own, percent. @defaultValue 2 */
  readonly previewBandPercent?: number | undefined;
}
