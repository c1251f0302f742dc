import { randomUUID } from 'node:crypto';
import type { ApiInstrument, ApiOrder, ApiOrderTicket, ApiPlaced, ApiPreview, ApiQuote } from '@ibkit/api-contract';
import { OrderError, UsageError, isIbkrError } from '@ibkit/error-codes';
import type { Backend } from '../../backend/backend.js';
import { gateReasonText } from '../../backend/gate-reasons.js';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain } from '../../render/text.js';
import { checkLiveCall, confirmLive } from './live-consent.js';
import { resultText, ticketText } from './order-text.js';
import { exitCodeOfOrders } from './outcome.js';
import { previewText, refusalsOf } from './preview-text.js';
import { waited } from './wait.js';

/** Failures of a call whose order may have left all the same. */
const OUTCOME_OPEN: ReadonlySet<string> = new Set(['IBKR_DAEMON_TIMEOUT', 'IBKR_DAEMON_UNREACHABLE', 'IBKR_DAEMON_ANSWER_INVALID']);

function keyOf(input: CommandInput): string {
  const key = input.text('key');
  if (key !== undefined && !/^[\u0021-\u007e]{1,64}$/.test(key)) throw new UsageError({ field: '--key', value: key, rule: 'must be 1 to 64 visible ASCII characters without blanks' });
  return key ?? randomUUID();
}

async function previewed({ operations }: Backend, { io }: CommandContext, ticket: ApiOrderTicket, input: CommandInput): Promise<ApiPreview> {
  return await operations.previewOrder({ body: { ticket, ...(input.on('no-what-if') ? { whatIf: false } : {}) } }, { signal: io.stop });
}

function instrumentIn(ticket: ApiOrderTicket): ApiInstrument | undefined {
  if (ticket.kind === 'bracket') return ticket.entry.instrument;
  return ticket.kind === 'spread' ? undefined : ticket.instrument;
}

/** What the market is, for people, as far as this account may see it: an order needs no data subscription, so neither does its preview. */
async function marketOf({ operations }: Backend, { globals, io }: CommandContext, ticket: ApiOrderTicket): Promise<ApiQuote | undefined> {
  const instrument = instrumentIn(ticket);
  if (globals.json || instrument === undefined) return undefined;
  const { symbol, conId, legs, ...fields } = instrument;
  if (legs !== undefined) return undefined;
  try {
    return await operations.quote({ symbol: symbol ?? `@${conId ?? ''}`, ...fields, mode: 'delayed' }, { signal: io.stop });
  } catch (error) {
    if (isIbkrError(error) && !io.stop.aborted) return undefined;
    throw error;
  }
}

async function previewOnly(context: CommandContext, ticket: ApiOrderTicket, input: CommandInput): Promise<ExitCode> {
  return await withBackend(context, { role: 'read', trading: true }, async (backend) => {
    const [preview, market] = await Promise.all([previewed(backend, context, ticket, input), marketOf(backend, context, ticket)]);
    const explain = await gateReasonText();
    if (context.globals.json) printDocument(context, { submitted: false, preview });
    else context.io.out.write(`${previewText(ticket, preview, explain, market)}Nothing was sent.${refusalsOf(preview).length === 0 ? ' Add --submit to send it.' : ''}\n`);
    return EXIT.ok;
  });
}

/** Not ended by Ctrl-C: an order whose call has begun is followed to where it can be told what became of it. */
async function place({ operations }: Backend, ticket: ApiOrderTicket, key: string, previewToken: string | undefined): Promise<ApiPlaced> {
  try {
    return await operations.placeOrder({ waitMs: 0, body: { ticket, previewToken } }, { idempotencyKey: key });
  } catch (error) {
    if (!isIbkrError(error) || !OUTCOME_OPEN.has(error.code)) throw error;
    throw new OrderError({
      code: 'IBKR_ORDER_OUTCOME_UNKNOWN',
      message: `It is not known whether the order was placed: ${error.message}`,
      retryable: true,
      cause: error,
      tips: [`Repeat the command with --key ${key}: it shows the order if there is one, and never sends a second.`],
    });
  }
}

async function followed(context: CommandContext, backend: Backend, placed: ApiPlaced): Promise<ApiPlaced> {
  const untilMs = context.clock.monotonic() + context.globals.timeoutMs;
  const orders: ApiOrder[] = [];
  for (const order of placed.orders) {
    const waits = order.bracket === undefined || order.bracket.role === 'entry';
    orders.push(waits ? await waited(context, backend, order, { untilMs }) : order);
  }
  return { ...placed, orders };
}

async function submitted(context: CommandContext, backend: Backend, ticket: ApiOrderTicket, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const key = keyOf(input);
  let previewToken: string | undefined;
  if (globals.mode === 'live' && !input.on('yes')) {
    const preview = await previewed(backend, context, ticket, input);
    io.err.write(previewText(ticket, preview, await gateReasonText()));
    await confirmLive(context, input, 'This is a LIVE order.');
    previewToken = preview.token;
  }
  // Before the order is sent: whoever loses sight of it now needs the key.
  remark(context, `${ticketText(ticket)}  key ${plain(key)}`);
  const first = await place(backend, ticket, key, previewToken);
  if (first.repeated) remark(context, `Key ${plain(key)} was used before: nothing was sent, this is that order.`);
  const placed = input.on('no-wait') ? first : await followed(context, backend, first);
  const exitCode = exitCodeOfOrders(placed.orders);
  if (exitCode === EXIT.pending && !input.on('no-wait')) remark(context, `${io.stop.aborted ? 'Stopped waiting' : 'Not done within --timeout'}: the order lives on. Repeating the command with --key ${plain(key)} shows it and sends nothing; ibkit order cancel ${plain(key)} cancels it.`);
  if (globals.json) printDocument(context, { submitted: true, ...placed });
  else io.out.write(placed.orders.map(resultText).join(''));
  return exitCode;
}

/** Previews a ticket, or with `--submit` sends it and shows what becomes of it. */
export async function traded(context: CommandContext, ticket: ApiOrderTicket, input: CommandInput): Promise<ExitCode> {
  keyOf(input);
  if (!input.on('submit')) return await previewOnly(context, ticket, input);
  checkLiveCall(context, input);
  // A session that is lost while the order is out is made again: not to send anything, but to learn what became of it.
  return await withBackend(context, { role: 'order', autoReconnect: true }, async (backend) => {
    await backend.ready();
    return await submitted(context, backend, ticket, input);
  });
}
