import { UsageError } from '@ibkit/error-codes';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { plain } from '../../render/text.js';

function codeOf(text: string): string {
  const code = text.toUpperCase();
  if (!/^[A-Z0-9_]{2,64}$/.test(code)) throw new UsageError({ field: 'CODE', value: text, rule: 'must be a scan code such as TOP_PERC_GAIN' });
  return code;
}

/** `ibkit scan CODE`. */
export async function scan(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const filters = input.list('filter');
  const bad = filters?.find((filter) => !/^[A-Za-z]\w*=.+$/.test(filter));
  if (bad !== undefined) throw new UsageError({ field: '--filter', value: bad, rule: 'must be NAME=VALUE, such as priceAbove=5' });
  const query = { code: codeOf(input.argument('code')), instrument: input.text('instrument'), location: input.text('location'), rows: input.whole('rows', 1, 50), filters: filters?.join(',') };
  return await withBackend(context, { role: 'read' }, async ({ operations }) => {
    const answer = await operations.scan(query, { signal: context.io.stop });
    if (context.globals.json) {
      printDocument(context, answer);
    } else if (answer.rows.length === 0) {
      context.io.out.write('The scan found nothing.\n');
    } else {
      context.io.out.write(
        table(
          [{ title: 'RANK', align: 'right' }, { title: 'SYMBOL' }, { title: 'TYPE' }, { title: 'EXCHANGE' }, { title: 'CCY' }, { title: 'MARKET' }],
          answer.rows.map(({ rank, contract, marketName }) => [String(rank + 1), plain(contract.localSymbol ?? contract.symbol ?? '-'), plain(contract.secType ?? '-'), plain(contract.exchange ?? '-'), plain(contract.currency ?? '-'), plain(marketName)]),
        ),
      );
    }
    return EXIT.ok;
  });
}
