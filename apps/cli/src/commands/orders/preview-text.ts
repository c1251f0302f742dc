import type { ApiOrderTicket, ApiPreview, ApiQuote } from '@ibkit/api-contract';
import { amount, count, plain, signed } from '../../render/text.js';
import { ticketText } from './order-text.js';

type Amount = NonNullable<NonNullable<ApiPreview['spread']>['maxGain']>;

/** The first sweep over the broker's lists is under way for a preview always; an order waits for it. Arming stands in the journal, which a preview does not open. */
const NOT_OF_A_PREVIEW: ReadonlySet<string> = new Set(['RECONCILE_PENDING', 'NOT_ARMED']);

function line(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}\n`;
}

function amountText(value: Amount): string {
  return value.kind === 'limited' ? amount(value.amount) : value.kind === 'unlimited' ? 'unlimited' : `not known: ${plain(value.why)}`;
}

function spreadLines({ spread }: ApiPreview): string {
  if (spread === undefined) return '';
  const { lines, side, netPrice, premium, maxGain, maxLoss, breakEvens } = spread;
  return [
    ...lines.map((text) => line('', plain(text))),
    netPrice === undefined ? '' : line('net', `${amount(netPrice)} each${side === undefined ? '' : `, a ${side}`}${premium === undefined ? '' : `, ${amount(Math.abs(premium))} in all`}`),
    maxGain === undefined ? '' : line('max gain', amountText(maxGain)),
    maxLoss === undefined ? '' : line('max loss', amountText(maxLoss)),
    breakEvens === undefined || breakEvens.length === 0 ? '' : line('break even', breakEvens.map((price) => amount(price)).join(', ')),
  ].join('');
}

function commissionText({ commission, minCommission, maxCommission, commissionCurrency = '' }: NonNullable<ApiPreview['whatIf']>): string | undefined {
  if (commission !== undefined) return `${amount(commission)} ${plain(commissionCurrency)}`;
  if (minCommission !== undefined && maxCommission !== undefined) return `${amount(minCommission)} to ${amount(maxCommission)} ${plain(commissionCurrency)}`;
  return undefined;
}

function effect(name: string, { change, after }: { readonly change?: number | undefined; readonly after?: number | undefined }): string {
  return change === undefined && after === undefined ? '' : line(name, `${signed(change)}${after === undefined ? '' : `, ${amount(after)} after it`}`);
}

function whatIfLines({ whatIf, whatIfError }: ApiPreview): string {
  if (whatIf === undefined) return whatIfError === undefined ? '' : line('margin', `not known: ${plain(whatIfError)}`);
  const commission = commissionText(whatIf);
  return [
    commission === undefined ? '' : line('commission', commission),
    effect('margin', whatIf.initMargin),
    effect('maintenance', whatIf.maintMargin),
    whatIf.warningText === undefined || whatIf.warningText === '' ? '' : line('broker', plain(whatIf.warningText)),
  ].join('');
}

/** Why an order would be refused right now, as far as a preview can know. */
export function refusalsOf(preview: ApiPreview): readonly string[] {
  return preview.gate.filter((reason) => !NOT_OF_A_PREVIEW.has(reason));
}

/** A preview for people. */
export function previewText(ticket: ApiOrderTicket, preview: ApiPreview, explain: (reason: string) => string, market?: ApiQuote): string {
  const { account, paper, estimate, orders, warnings } = preview;
  return [
    `Preview  ${ticketText(ticket)}\n`,
    line('account', `${plain(account ?? 'none chosen: say --account-id')}${paper === true ? ' (paper)' : paper === false ? ' (LIVE)' : ''}`),
    market === undefined ? '' : line('market', `${amount(market.bid)} x ${amount(market.ask)} (${market.mode}${market.stale ? ', stale' : ''})`),
    orders.length > 1 ? line('orders', count(orders.length)) : '',
    estimate === undefined ? line('cost', 'not known: no price') : line('cost', `about ${amount(Math.abs(estimate.notional))} ${plain(estimate.currency)}, ${amount(estimate.price)} each${estimate.basis === 'marketData' ? ' by the market' : ''}`),
    spreadLines(preview),
    whatIfLines(preview),
    ...refusalsOf(preview).map((reason) => line('refused', explain(reason))),
    ...warnings.map((warning) => line('note', plain(warning))),
  ].join('');
}
