import type { ApiErrorExplanation } from '@ibkit/api-contract';
import { UsageError, describeError, isIbkrError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { parseWhole } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { codesIn } from './codes-in.js';

const EFFECTS: Readonly<Record<string, string>> = {
  info: 'good news or plain information; nothing breaks',
  warning: 'a warning; the request or order goes on',
  degraded: 'something is down for now; ibkit keeps the connection and waits',
  restored: 'something came back',
  requestFailed: 'the request failed',
  orderRejected: 'the order is dead',
  orderCancelled: 'the order was cancelled',
  cancelVerdict: 'the cancel or change did not apply; ibkit asks the broker for the truth',
  sessionEnding: 'the gateway ends this session; ibkit reconnects',
};

function explanation(code: number, text?: string): ApiErrorExplanation {
  const { known, description, category, scope, effect, retryable, tips } = describeError(code, text);
  return { code, known, description, category, scope, effect, retryable, tips: [...tips] };
}

function explanationText({ code, description, category, scope, effect, retryable, tips }: ApiErrorExplanation): string {
  return [
    `${code}  ${description}\n`,
    `  category  ${category} (about ${scope === 'order' ? 'an' : 'a'} ${scope})\n`,
    `  effect    ${EFFECTS[effect] ?? effect}\n`,
    `  retry     ${retryable ? 'the same request may work later' : 'not as it is'}\n`,
    ...tips.map((tip) => `  - ${tip}\n`),
  ].join('');
}

function wholeCode(text: string): number | undefined {
  try {
    return parseWhole('CODE', text, 0, 999_999);
  } catch (error) {
    if (isIbkrError(error)) return undefined;
    throw error;
  }
}

async function found(context: CommandContext, words: readonly string[]): Promise<readonly ApiErrorExplanation[]> {
  const text = words.join(' ');
  const code = wholeCode(text);
  if (code !== undefined) return [explanation(code)];
  const log = text === '-' ? await context.io.in.all(context.io.stop) : text;
  const codes = codesIn(log);
  if (codes.length === 0) throw new UsageError({ field: 'CODE', value: text === '-' ? undefined : text, rule: 'must be a code such as 1100, or text with one in it' });
  return codes.map((each) => explanation(each.code, each.text));
}

/** `ibkit explain CODE`, or the text of a log: offline, from the catalogue. With `--json` one explanation, or a list for a text. */
export async function explain(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const words = input.words('code');
  const all = await found(context, words);
  const single = wholeCode(words.join(' ')) !== undefined;
  if (context.globals.json) printDocument(context, single ? all[0] : { codes: all });
  else context.io.out.write(all.map(explanationText).join('\n'));
  return all.every(({ known }) => known) ? EXIT.ok : EXIT.error;
}
