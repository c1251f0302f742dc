import { previewBracket } from './bracket/bracket-desk.js';
import type { BracketRequest } from './bracket/bracket-request.js';
import type { OrderDesk } from './order-desk.js';
import type { OrderRequest } from './order-request.js';
import { knownPrice, previewOf } from './preview.js';
import type { BracketPreview, OrderPreview, PreviewOptions, PriceSource } from './preview.js';

/** Says what orders would be and cost, without sending them. */
export class PreviewDesk {
  readonly #desk: OrderDesk;
  readonly #prices: PriceSource | undefined;

  constructor(options: { readonly desk: OrderDesk; readonly prices: PriceSource | undefined }) {
    this.#desk = options.desk;
    this.#prices = options.prices;
  }

  /** See `Trading.preview`. */
  async order(request: OrderRequest, options: PreviewOptions): Promise<OrderPreview> {
    const seen = await this.#desk.previewed(request, options.signal);
    return previewOf(seen, { request, market: await knownPrice(this.#prices, seen.order.contract, options) });
  }

  /** See `Trading.previewBracket`. */
  async bracket(bracket: BracketRequest, options: PreviewOptions): Promise<BracketPreview> {
    const { exits, ...seen } = await previewBracket(this.#desk, bracket, options.signal);
    return { ...previewOf(seen, { request: bracket.entry, market: await knownPrice(this.#prices, seen.order.contract, options) }), exits };
  }
}
