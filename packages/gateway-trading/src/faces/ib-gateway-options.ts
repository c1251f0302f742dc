import type { DataGap, Quote } from '@ibkit/market-data';
import type { AccountValues } from '../account/account-values.js';
import type { Live } from '../account/live-stream.js';
import type { Pnl } from '../account/pnl.js';
import type { Portfolio } from '../account/portfolio-book.js';
import type { PositionList } from '../account/positions-feed.js';
import type { TradingMode } from '../orders/order-gate.js';
import type { OrderCommission, OrderFilled, OrderStatusChanged } from '../trading/trading-events.js';
import type { FaceConnectOptions, FaceConnectionOptions, FaceSettings } from './face-parts.js';

/** The process of IB Gateway. `GatewayProcess` of `@ibkit/gateway-process` has it; so has an object of three functions of your own. */
export interface GatewayProcessPort {
  /** Starts it, and resolves when it can be connected to; nothing happens when it runs already. */
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  /** What is known about it. */
  status(): unknown;
}

/** Options of `IBGateway`, besides those of its connection. */
export interface IBGatewaySettings extends FaceSettings {
  /** Chooses the default port (4002 or 4001), and what every account of the session must be. @defaultValue 'paper' */
  readonly tradingMode?: TradingMode | undefined;
  /** The process, for `startGateway` and `stopGateway`. @defaultValue none: somebody else runs it */
  readonly gatewayProcess?: GatewayProcessPort | undefined;
}

/** Options of `IBGateway`. */
export type IBGatewayOptions = IBGatewaySettings & FaceConnectionOptions;

/** How to connect. */
export interface ConnectGatewayOptions extends FaceConnectOptions {
  /** Starts the process first. @defaultValue false */
  readonly startGateway?: boolean | undefined;
}

interface At {
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** The events of an `IBGateway`. More are told by its parts: `connection.events`, `trading.events`. */
export interface IBGatewayEvents {
  /** A quote changed, or became stale. */
  'quote.updated': { readonly requestId: number; readonly quote: Quote };
  /** Data flows again after a break. */
  'quote.gap': { readonly requestId: number; readonly gap: DataGap };
  /** A subscription is over; with the error when nobody ended it. */
  'quote.ended': { readonly requestId: number; readonly error: Error | undefined };
  'order.statusChanged': OrderStatusChanged;
  /** An execution of one of our orders. */
  'order.filled': OrderFilled;
  /** What an execution cost. */
  'order.commission': OrderCommission;
  'positions.updated': Live<PositionList>;
  'portfolio.updated': Live<Portfolio>;
  'account.updated': Live<AccountValues>;
  'pnl.updated': Live<Pnl>;
  'connection.established': At & { readonly accounts: readonly string[] };
  'connection.lost': At & { readonly error: Error; readonly willReconnect: boolean };
  'connection.recovered': At & { readonly scope: 'session' | 'upstream' | 'farm' };
  /** Something failed that no caller was told about. */
  'error.occurred': At & { readonly error: Error };
}
