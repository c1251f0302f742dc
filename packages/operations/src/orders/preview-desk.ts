import type { ApiOrderTicket, ApiPreview } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import type { OrderPreview, OrderRequest, SpreadExplanation, StagedRequest, WhatIf } from '@ibkit/gateway-trading';
import { known } from '../views/known.js';
import { accountOf, closingRequest, positionToClose, subjectOf } from './closing-position.js';
import type { OrderDeps } from './order-deps.js';
import { namedAccount, prepareTicket } from './prepared-ticket.js';
import type { PreparedTicket } from './prepared-ticket.js';
import type { PreviewTokens } from './preview-tokens.js';
import { ticketHash } from './ticket-hash.js';

/** How long the broker may take to say what an order would do, milliseconds: without it the preview is still worth something. */
const WHAT_IF_MS = 10_000;

/** What was found out about a ticket. */
interface Seen {
  readonly preview: OrderPreview;
  readonly orders: readonly StagedRequest[];
  /** What the broker is asked about. */
  readonly question: OrderRequest;
  readonly subject: string;
  readonly spread?: SpreadExplanation | undefined;
}

interface Asking {
  readonly signal: AbortSignal | undefined;
}

/** Shows what a ticket would be, cost and do, and gives out the token that places exactly that. */
export class PreviewDesk {
  readonly #deps: OrderDeps;
  readonly #tokens: PreviewTokens;

  constructor(deps: OrderDeps, tokens: PreviewTokens) {
    this.#deps = deps;
    this.#tokens = tokens;
  }

  /** See `previewOrder` of the API. Nothing is placed. */
  async preview(ticket: ApiOrderTicket, { whatIf, signal }: Asking & { readonly whatIf: boolean }): Promise<ApiPreview> {
    const { trading, connection } = this.#deps;
    const epoch = connection.session?.epoch;
    const seen = await this.#look(await prepareTicket(ticket, this.#deps, { signal }), ticket, { signal });
    const asked = whatIf ? await this.#whatIf(seen.question, { signal }) : {};
    const { preview, orders, spread } = seen;
    const { account, paper, estimate, warnings } = preview;
    // Much can happen while the broker is asked.
    const gate = [...new Set([...preview.gate, ...trading.gate()])];
    const isSameSession = epoch !== undefined && connection.session?.epoch === epoch;
    const token = gate.length > 0 || account === undefined || !isSameSession ? {} : this.#tokens.issue({ ticketHash: ticketHash(ticket), account, subject: seen.subject, epoch, price: marketPriceOf(estimate) });
    return known<ApiPreview>({
      account,
      paper,
      orders: orders.map((order) => ({ ...order })),
      estimate: estimate === undefined ? undefined : { ...estimate },
      ...asked,
      spread: spread === undefined ? undefined : spreadView(spread),
      warnings: [...warnings],
      gate,
      ...token,
    });
  }

  /** What the market is now for an order that names no price of its own; `undefined` when that is not known. @throws what a preview throws */
  async marketPrice(ticket: ApiOrderTicket): Promise<number | undefined> {
    const asking = { signal: undefined };
    const { preview } = await this.#look(await prepareTicket(ticket, this.#deps, asking), ticket, asking);
    return marketPriceOf(preview.estimate);
  }

  async #look(prepared: PreparedTicket, ticket: ApiOrderTicket, { signal }: Asking): Promise<Seen> {
    const { trading, connection } = this.#deps;
    switch (prepared.kind) {
      case 'order': {
        const { request } = prepared;
        const preview = await trading.preview(request, { signal });
        return { preview, orders: [preview.order], question: request, subject: subjectOf(prepared) };
      }
      case 'bracket': {
        const { request } = prepared;
        const { exits, ...preview } = await trading.previewBracket(request, { signal });
        return { preview, orders: [preview.order, ...exits], question: request.entry, subject: subjectOf(prepared) };
      }
      case 'spread': {
        const preview = await trading.previewSpread(prepared.request, { signal });
        return { preview, orders: [preview.order], question: spreadQuestion(preview), subject: subjectOf(prepared), spread: preview.spread };
      }
      case 'close': {
        const position = await positionToClose(prepared, accountOf(namedAccount(ticket), connection), { trading, connection, signal });
        const request = closingRequest(prepared, position);
        const preview = await trading.preview(request, { signal });
        return { preview, orders: [preview.order], question: request, subject: subjectOf(prepared, position) };
      }
    }
  }

  /** The word of the broker, or why there is none. */
  async #whatIf(request: OrderRequest, { signal }: Asking): Promise<Pick<ApiPreview, 'whatIf' | 'whatIfError'>> {
    try {
      return { whatIf: whatIfView(await this.#deps.trading.whatIf(request, { signal, timeoutMs: WHAT_IF_MS })) };
    } catch (error) {
      // An order that nobody wanted is an alarm, and a caller who is gone needs no answer.
      if (signal?.aborted === true || (isIbkrError(error) && error.code === 'IBKR_WHAT_IF_LIVE')) throw error;
      return { whatIfError: error instanceof Error ? error.message : String(error) };
    }
  }
}

function marketPriceOf(estimate: OrderPreview['estimate']): number | undefined {
  return estimate?.basis === 'marketData' ? estimate.price : undefined;
}

/** The spread as the one order that it is. */
function spreadQuestion({ order, account }: OrderPreview): OrderRequest {
  const { contract, action, quantity, limitPrice, tif } = order;
  const subject = { contract, action, quantity: Number(quantity), tif, account } as const;
  return limitPrice === undefined ? { ...subject, orderType: 'MKT' } : { ...subject, orderType: 'LMT', limitPrice: Number(limitPrice) };
}

type ApiSpread = NonNullable<ApiPreview['spread']>;
type ApiWhatIf = NonNullable<ApiPreview['whatIf']>;

function spreadView({ name, side, netPrice, premium, maxGain, maxLoss, breakEvens, lines }: SpreadExplanation): ApiSpread {
  return known<ApiSpread>({ name, side, netPrice, premium, maxGain, maxLoss, breakEvens: breakEvens === undefined ? undefined : [...breakEvens], lines: [...lines] });
}

function whatIfView(answer: WhatIf): ApiWhatIf {
  const { initMargin, maintMargin, equityWithLoan, commission, minCommission, maxCommission, commissionCurrency, warningText, warnings } = answer;
  const words = [warningText, ...warnings.map(({ message }) => message)].filter((text) => text !== undefined);
  return known<ApiWhatIf>({
    initMargin: known({ ...initMargin }),
    maintMargin: known({ ...maintMargin }),
    equityWithLoan: known({ ...equityWithLoan }),
    commission,
    minCommission,
    maxCommission,
    commissionCurrency,
    warningText: words.length === 0 ? undefined : words.join(' '),
  });
}
