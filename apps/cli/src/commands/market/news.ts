import { UsageError } from '@ibkit/error-codes';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { momentText, plain } from '../../render/text.js';
import { instrumentFields } from './instrument.js';

const HEADLINES = 20;

/** HTML as text that can be read: the tags go, the breaks stay. */
function readable(html: string): string {
  return html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/h\d)[^>]*>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&nbsp;', ' ').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

async function article(context: CommandContext, id: string): Promise<ExitCode> {
  const [provider = '', ...rest] = id.split(':');
  if (provider === '' || rest.length === 0) throw new UsageError({ field: '--article', value: id, rule: 'must be PROVIDER:ID, as the list of headlines shows it' });
  return await withBackend(context, { role: 'read' }, async ({ operations }) => {
    const answer = await operations.article({ provider, article: rest.join(':') }, { signal: context.io.stop });
    const { out } = context.io;
    if (context.globals.json) printDocument(context, answer);
    else if (answer.kind === 'pdf') out.write(`A PDF of ${Math.floor(((answer.base64 ?? '').length * 3) / 4)} bytes: --json has it in base64.\n`);
    else for (const line of (answer.kind === 'html' ? readable(answer.text ?? '') : (answer.text ?? '')).split(/\r?\n/)) out.write(`${plain(line).trimEnd()}\n`);
    return EXIT.ok;
  });
}

/** `ibkit news SYMBOL`: headlines, or the text of one article. */
export async function news(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const symbol = parseSymbol('SYMBOL', input.argument('symbol'));
  const id = input.text('article');
  if (id !== undefined) return await article(context, id);
  const providers = input.list('providers');
  const query = { symbol, ...instrumentFields(input), from: input.moment('from'), to: input.moment('to'), providers: providers === undefined ? undefined : [...providers], limit: input.whole('limit', 1, 10_000) ?? HEADLINES };
  return await withBackend(context, { role: 'read' }, async ({ operations }) => {
    const answer = await operations.news(query, { signal: context.io.stop });
    if (context.globals.json) printDocument(context, answer);
    else if (answer.headlines.length === 0) context.io.out.write('No headlines.\n');
    else for (const { timeMs, providerCode, articleId, headline } of answer.headlines) context.io.out.write(`${momentText(timeMs)}  ${plain(providerCode).padEnd(6)} ${plain(headline)}  [${plain(`${providerCode}:${articleId}`)}]\n`);
    return EXIT.ok;
  });
}
