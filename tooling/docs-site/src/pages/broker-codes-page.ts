import { brokerError, describeError, knownErrorCodes } from '@ibkit/error-codes';
import type { ErrorCategory, ErrorDescription, ErrorEffect, ErrorStrategy } from '@ibkit/error-codes';
import { plain } from './errors-page.js';

const CATEGORY_TITLES: Readonly<Record<ErrorCategory, string>> = {
  connection: 'Connection',
  system: 'System and data farms',
  pacing: 'Pacing and limits',
  account: 'Account',
  contract: 'Contracts',
  request: 'Requests',
  marketData: 'Market data',
  historical: 'History',
  order: 'Orders',
  unclassified: 'Not classified',
};

const EFFECTS: Readonly<Record<ErrorEffect, string>> = {
  info: 'nothing ends',
  warning: 'a warning; nothing ends',
  degraded: 'a link or a farm went down',
  restored: 'a link or a farm came back',
  requestFailed: 'the request is over',
  orderRejected: 'the order is dead',
  orderCancelled: 'the order is cancelled',
  cancelVerdict: 'a cancel or change was refused; the order is as it was',
  sessionEnding: 'the session is over',
};

function strategyText(strategy: ErrorStrategy): string {
  switch (strategy.kind) {
    case 'throttleAndRetry':
      return `slows down, and asks a look-up again after ${strategy.waitMs / 1000} s, at most ${strategy.maxRetries} times`;
    case 'reconnect':
      return 'makes a new session, under the usual back-off';
    case 'watchdogRecovery':
      return 'keeps the socket and waits for the link of the broker';
    case 'resubscribe':
      return strategy.waitMs === 0 ? 'opens the streams again' : `opens the streams again after ${strategy.waitMs / 1000} s`;
    case 'reconcile':
      return 'reads orders, executions and positions again before it decides anything';
    case 'ignore':
      return 'notes it and goes on';
    case 'reject':
      return 'hands it to the caller';
  }
}

/** Texts of the gateway that give a code another meaning: one for each meaning. */
export const SAMPLE_TEXTS: ReadonlyMap<number, readonly string[]> = new Map([
  [162, ['Historical Market Data Service error message:API historical data query cancelled', 'pacing violation', 'HMDS query returned no data', 'farm connection is broken', 'Trading TWS session is connected from a different IP address', 'No market data permissions for ISLAND', 'invalid step']],
  [200, ['The contract description specified is ambiguous']],
  [201, ['Order rejected - reason: insufficient margin', 'Order rejected - reason: no trading permission', 'Order rejected - reason: the exchange is closed', 'Order rejected - reason: the price is too far']],
  [321, ['The API interface is currently in Read-Only mode', 'missing account', 'invalid bar size']],
  [322, ['Duplicate ticker id', 'Maximum number of requests exceeded']],
  [399, ['Warning: your order will not be placed at the exchange until the open', 'The order was rejected']],
  [420, ['pacing violation', 'Trading TWS session is connected from a different IP address', 'No market data permissions']],
  [10189, ['Trading TWS session is connected from a different IP address']],
]);

function variantRow(code: number, text: string): string {
  const { name = '', description, tips, retryable, effect } = describeError(code, text);
  return `| \`${name}\`, \`${brokerError({ code, message: text }).code}\` | ${plain(description).replaceAll('|', String.raw`\|`)} ${plain(tips.join(' ')).replaceAll('|', String.raw`\|`)} | ${EFFECTS[effect]} | ${retryable ? 'yes' : 'no'} |\n`;
}

function entry(description: ErrorDescription): string {
  const { code, name = '', effect, retryable, tips, strategy } = description;
  const ours = brokerError({ code, message: '' }).code;
  const samples = SAMPLE_TEXTS.get(code) ?? [];
  const variants = samples.length === 0 ? '' : `\nThe text that comes with it decides; these are told apart:\n\n| name, and code of the error | meaning and what to do | effect | retryable |\n|---|---|---|---|\n${samples.map((text) => variantRow(code, text)).join('')}`;
  return `### ${code} ${name}\n\n${plain(description.description)}\n\n${tips.map((tip) => `- ${plain(tip)}`).join('\n')}\n\nEffect: ${EFFECTS[effect]}. Retryable: ${retryable ? 'yes' : 'no'}. ibkit ${strategyText(strategy)}. As an error: \`${ours}\`.\n${variants}`;
}

function head(count: number): string {
  return `# Codes of TWS and IB Gateway

Made from the catalogue of [\`@ibkit/error-codes\`](../packages/error-codes/README.md) by \`npm run docs -- --pages\`; a test holds it equal. ${count} codes; \`ibkit explain CODE\` and \`GET /v1/errors/CODE\` tell the same. Our own codes are in [errors.md](errors.md).

- **Effect** says what the code ends. On the id of an order, "the request is over" means that the order is dead.
- **Retryable** says that the very same question may work later. It is never a licence to send an order again.
- A code that is not listed is taken for a warning, and ends nothing.
- An \`ErrorHandler\` of yours may classify otherwise, also at run time: \`new ErrorHandler({ overrides })\`. The connection, market data and trading keep to this table; a request or stream of yours decides about its own codes with \`onNotice\`.
`;
}

/** The page docs/broker-codes.md. */
export function brokerCodesPage(): string {
  const codes = knownErrorCodes().map((code) => describeError(code));
  const titles = Object.keys(CATEGORY_TITLES).flatMap((category) => {
    const own = codes.filter((description) => description.category === category);
    return own.length === 0 ? [] : [`\n## ${CATEGORY_TITLES[own[0]?.category ?? 'unclassified']}\n\n${own.map(entry).join('\n')}`];
  });
  return `${head(codes.length)}${titles.join('')}`;
}
