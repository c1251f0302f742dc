import path from 'node:path';
import type { ApiHistoryPlan } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { count, momentText, plain, span } from '../../render/text.js';
import { downloadToFile, downloadToParquet, downloadToStdout } from './history/download.js';
import { historyFormat, historyQuery } from './history/history-query.js';

function planText({ contract, barSize, fromMs, toMs, requests, estimatedMs, rules }: ApiHistoryPlan): string {
  return [
    `${plain(contract.symbol ?? '-')} ${plain(barSize)} from ${momentText(fromMs)} to ${momentText(toMs)}\n`,
    `  requests  ${count(requests)}\n`,
    `  time      about ${span(estimatedMs)}\n`,
    ...rules.map((rule) => `  - ${plain(rule)}\n`),
  ].join('');
}

/** `ibkit history SYMBOL`: bars to stdout or into a file, or the plan alone. Exits 1 when it was stopped before its end. */
export async function history(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const query = historyQuery(context, input);
  const format = historyFormat(context, input);
  const out = input.text('out');
  return await withBackend(context, { role: 'read', autoReconnect: true }, async ({ operations }) => {
    if (input.on('plan')) {
      const plan = await operations.historyPlan(query, { signal: io.stop });
      if (globals.json) printDocument(context, plan);
      else io.out.write(planText(plan));
      return EXIT.ok;
    }
    if (out === undefined) {
      if (format !== 'parquet') await downloadToStdout({ context, operations, query, format });
      return io.stop.aborted && !io.out.closed ? EXIT.error : EXIT.ok;
    }
    const file = path.resolve(io.cwd, out);
    const report = format === 'parquet' ? await downloadToParquet({ context, operations, query }, file, input.text('to')) : await downloadToFile({ context, operations, query, format }, file, input.text('to'));
    const whole = !io.stop.aborted;
    if (globals.json) printDocument(context, { file: out, bars: report.bars, gaps: report.gaps, whole });
    else remark(context, whole ? `${count(report.bars)} bars in ${out}${report.gaps === 0 ? '' : `, ${report.gaps} gaps`}` : `Stopped with ${count(report.bars)} bars; the same command goes on from there.`);
    return whole ? EXIT.ok : EXIT.error;
  });
}
