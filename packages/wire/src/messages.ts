import { accountMessageLayouts } from './account-messages.js';
import type { AccountMessage } from './account-messages.js';
import { accountRequestLayouts } from './account-requests.js';
import type { AccountRequest } from './account-requests.js';
import { contractMessageLayouts } from './contract-messages.js';
import type { ContractMessage } from './contract-messages.js';
import { contractRequestLayouts } from './contract-requests.js';
import type { ContractRequest } from './contract-requests.js';
import { historicalMessageLayouts } from './historical-messages.js';
import type { HistoricalMessage } from './historical-messages.js';
import { historicalRequestLayouts } from './historical-requests.js';
import type { HistoricalRequest } from './historical-requests.js';
import type { Layout } from './layout.js';
import { marketDataMessageLayouts } from './market-data-messages.js';
import type { MarketDataMessage } from './market-data-messages.js';
import { marketDataRequestLayouts } from './market-data-requests.js';
import type { MarketDataRequest } from './market-data-requests.js';
import { newsMessageLayouts, newsRequestLayouts } from './news-messages.js';
import type { NewsMessage, NewsRequest } from './news-messages.js';
import { orderMessageLayouts } from './order-messages.js';
import type { OrderMessage } from './order-messages.js';
import { orderRequestLayouts } from './order-requests.js';
import type { OrderRequest } from './order-requests.js';
import { referenceMessageLayouts, referenceRequestLayouts } from './reference-messages.js';
import type { ReferenceMessage, ReferenceRequest } from './reference-messages.js';
import { sessionMessageLayouts, sessionRequestLayouts } from './session-messages.js';
import type { SessionMessage, SessionRequest } from './session-messages.js';

/** Everything that a client may send. `type` tells which. */
export type ClientMessage =
  | SessionRequest
  | MarketDataRequest
  | OrderRequest
  | AccountRequest
  | ContractRequest
  | HistoricalRequest
  | NewsRequest
  | ReferenceRequest;

/** Everything that a server may send. `type` tells which. */
export type ServerMessage =
  | SessionMessage
  | MarketDataMessage
  | OrderMessage
  | AccountMessage
  | ContractMessage
  | HistoricalMessage
  | NewsMessage
  | ReferenceMessage;

/** The client message of a type: `ClientMessageOf<'placeOrder'>`. */
export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { readonly type: T }>;

/** The server message of a type: `ServerMessageOf<'tickPrice'>`. */
export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: T }>;

/** The layout of every client message. */
export const CLIENT_LAYOUTS: { readonly [T in ClientMessage['type']]: Layout<T> } = {
  ...sessionRequestLayouts,
  ...marketDataRequestLayouts,
  ...orderRequestLayouts,
  ...accountRequestLayouts,
  ...contractRequestLayouts,
  ...historicalRequestLayouts,
  ...newsRequestLayouts,
  ...referenceRequestLayouts,
};

/** The types of every client message. */
export const CLIENT_MESSAGE_TYPES: readonly ClientMessage['type'][] = Object.values(CLIENT_LAYOUTS).map(({ type }) => type);

/** The layout of every server message. */
export const SERVER_LAYOUTS: { readonly [T in ServerMessage['type']]: Layout<T> } = {
  ...sessionMessageLayouts,
  ...marketDataMessageLayouts,
  ...orderMessageLayouts,
  ...accountMessageLayouts,
  ...contractMessageLayouts,
  ...historicalMessageLayouts,
  ...newsMessageLayouts,
  ...referenceMessageLayouts,
};

/** The types of every server message. */
export const SERVER_MESSAGE_TYPES: readonly ServerMessage['type'][] = Object.values(SERVER_LAYOUTS).map(({ type }) => type);
