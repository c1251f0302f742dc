import type { ServerMessage, ServerMessageOf } from '@ibkit/wire';
import type { Position } from '../account/account-data.js';
import type { TradingConnection, TradingSession } from './connection-port.js';

type Row = ServerMessageOf<'position'>;

/** What tells one position from another. */
export function positionKey({ account, contract }: Pick<Row, 'account' | 'contract'>): string {
  return `${account}/${contract.conId ?? JSON.stringify(contract)}`;
}

/** A list that is under way comes in one go: what is older belongs to no list, milliseconds. */
const LIST_MS = 5_000;

/** A row of the broker as a position. */
export function positionOf({ account, contract, position, avgCost }: Row): Position {
  return { account, contract, position, avgCost };
}

/** The latest word on each position that is not 0. */
export function latestPositions(rows: readonly Row[]): readonly Position[] {
  const latest = new Map(rows.map((row) => [positionKey(row), positionOf(row)]));
  return [...latest.values()].filter(({ position }) => position !== 0);
}

/**
 * The rows that arrived just now, since the last list of positions ended. The list has no request id: when somebody else on this connection
 * asked a moment before us, the end of their answer looks like the end of ours, and the rows that came before we asked are a part of it.
 */
export class PositionRows {
  readonly #connection: TradingConnection;
  readonly #off: () => void;
  #rows = new Map<string, { readonly row: Row; readonly atMs: number }>();
  #session: TradingSession | undefined;

  constructor(connection: TradingConnection) {
    this.#connection = connection;
    this.#off = connection.onMessage((message, session) => {
      this.#onMessage(message, session);
    });
  }

  /** The rows since the last end, of the present session. */
  get sinceLastEnd(): readonly Row[] {
    if (this.#session !== this.#connection.session) return [];
    const sinceMs = this.#connection.clock.monotonic() - LIST_MS;
    return [...this.#rows.values()].flatMap(({ row, atMs }) => (atMs < sinceMs ? [] : [row]));
  }

  close(): void {
    this.#off();
    this.#rows.clear();
  }

  #onMessage(message: ServerMessage, session: TradingSession): void {
    if (message.type !== 'position' && message.type !== 'positionEnd') return;
    if (session !== this.#session || message.type === 'positionEnd') this.#rows = new Map();
    this.#session = session;
    if (message.type === 'position') this.#rows.set(positionKey(message), { row: message, atMs: this.#connection.clock.monotonic() });
  }
}
