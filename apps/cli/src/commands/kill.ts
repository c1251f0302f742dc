import { UsageError, isIbkrError } from '@ibkit/error-codes';
import type { CancelAllReport, OrderHandle, Trading } from '@ibkit/gateway-trading';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument, remark } from '../output.js';
import { plain } from '../text.js';
import { withOfflineTrading, withTrading } from '../trading-session.js';

/** The flags of `ibkit kill`. */
export interface KillFlags {
  readonly all?: boolean;
  readonly release?: boolean;
  readonly reason?: string;
}

/** Failures that leave the switch itself untouched: it is set in the journal, and the next session cancels. */
const NO_GATEWAY: ReadonlySet<string> = new Set(['ConnectionError', 'TimeoutError']);

async function ended(context: CommandContext, handle: OrderHandle): Promise<boolean> {
  try {
    await handle.done({ timeoutMs: context.remainingMs(), signal: context.io.stop });
    return true;
  } catch {
    // It goes on being cancelled; only the waiting ended.
    return false;
  }
}

async function set(context: CommandContext, trading: Trading, { all, reason }: KillFlags): Promise<ExitCode> {
  const { io, globals } = context;
  const report = await trading.kill(reason ?? 'ibkit kill', { all });
  const cancelled = (await Promise.all(report.requested.map((handle) => ended(context, handle)))).filter(Boolean).length;
  const open = report.requested.length - cancelled;
  const foreign = foreignText(report);
  if (globals.json) printDocument(context, { killed: true, cancelled, open, failed: report.failed.length, foreign: report.foreign?.requested });
  else io.out.write(`The kill switch is on: no order is sent any more, until: ibkit kill --release\n  ours      ${cancelled} cancelled, ${open} still open, ${report.failed.length} could not be asked for\n${foreign}`);
  return open + report.failed.length > 0 || report.foreign?.requested === false ? EXIT.pending : EXIT.ok;
}

function foreignText({ foreign }: CancelAllReport): string {
  if (foreign === undefined) return '';
  return `  others    ${foreign.requested ? 'the broker was asked to cancel every order that there is' : plain(foreign.error.message)}\n`;
}

async function release(context: CommandContext, { reason = 'ibkit kill --release' }: KillFlags): Promise<ExitCode> {
  return await withOfflineTrading(context, async (trading) => {
    await trading.releaseKill(reason);
    if (context.globals.json) printDocument(context, { killed: false });
    else context.io.out.write('The kill switch is off.\n');
    return EXIT.ok;
  });
}

/** `ibkit kill`: stops trading now, and keeps it stopped. Works without a gateway, too: then the next session cancels. */
export async function kill(context: CommandContext, flags: KillFlags): Promise<ExitCode> {
  if (flags.release === true && flags.all === true) throw new UsageError({ field: '--release', rule: 'cannot be used together with --all' });
  if (flags.release === true) return await release(context, flags);
  try {
    return await withGateway(context, { role: 'order' }, (connection) => withTrading(context, connection, (trading) => set(context, trading, flags)));
  } catch (error) {
    if (!isIbkrError(error) || !NO_GATEWAY.has(error.name)) throw error;
    remark(context, `No gateway: ${plain(error.message)}`);
    await withOfflineTrading(context, (trading) => set(context, trading, flags));
    return EXIT.notReady;
  }
}
