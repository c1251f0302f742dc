import { describeError } from '@ibkit/error-codes';
import { parseWhole } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';

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

/** `ibkit explain CODE`: offline, from the catalogue. */
export function explain(context: CommandContext, codeText: string): Promise<ExitCode> {
  const code = parseWhole('CODE', codeText, 0, 999_999);
  const found = describeError(code);
  if (context.globals.json) {
    printDocument(context, found);
  } else {
    const { io } = context;
    io.out.write(`${code}  ${found.description}\n`);
    io.out.write(`  category  ${found.category} (about ${found.scope === 'order' ? 'an' : 'a'} ${found.scope})\n`);
    io.out.write(`  effect    ${EFFECTS[found.effect] ?? found.effect}\n`);
    io.out.write(`  retry     ${found.retryable ? 'the same request may work later' : 'not as it is'}\n`);
    for (const tip of found.tips) io.out.write(`  - ${tip}\n`);
  }
  return Promise.resolve(found.known ? EXIT.ok : EXIT.error);
}
