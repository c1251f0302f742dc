import type { ApiToken } from '@ibkit/api-contract';
import { daemonBackendFor } from '../../backend/choose-daemon.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { momentText, plain } from '../../render/text.js';

function tokenTable(tokens: readonly ApiToken[]): string {
  return table(
    [{ title: 'ID' }, { title: 'NAME' }, { title: 'SCOPE' }, { title: 'ACCOUNTS' }, { title: 'CREATED' }, { title: 'EXPIRES' }, { title: 'LAST USED' }, { title: 'STATE' }],
    tokens.map(({ id, name, scope, accounts, createdAtMs, expiresAtMs, lastUsedAtMs, revokedAtMs }) => [plain(id), plain(name), scope, accounts === undefined ? 'all' : plain(accounts.join(' ')), momentText(createdAtMs), momentText(expiresAtMs), momentText(lastUsedAtMs), revokedAtMs === undefined ? 'valid' : 'revoked']),
  );
}

/** `ibkit token create NAME`: the secret alone on stdout, so that it can be put into a file. */
export async function tokenCreate(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const accounts = input.list('accounts');
  const expiresInMs = input.duration('expires-in');
  const body = { name: input.argument('name'), scope: input.choice('scope', ['read', 'trade', 'admin']) ?? 'read', accounts: accounts === undefined ? undefined : [...accounts], expiresInMs: expiresInMs === undefined ? undefined : Math.round(expiresInMs) };
  await using daemon = await daemonBackendFor(context);
  const answer = await daemon.operations.createToken({ body }, { signal: context.io.stop });
  if (context.globals.json) printDocument(context, answer);
  else {
    remark(context, `Token ${plain(answer.token.id)} (${answer.token.scope}). This is the only time that its secret is told:`);
    context.io.out.write(`${answer.secret}\n`);
  }
  return EXIT.ok;
}

/** `ibkit token list`. */
export async function tokenList(context: CommandContext): Promise<ExitCode> {
  await using daemon = await daemonBackendFor(context);
  const answer = await daemon.operations.tokens({}, { signal: context.io.stop });
  if (context.globals.json) printDocument(context, answer);
  else context.io.out.write(tokenTable(answer.tokens));
  return EXIT.ok;
}

/** `ibkit token revoke ID`. */
export async function tokenRevoke(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  await using daemon = await daemonBackendFor(context);
  const answer = await daemon.operations.revokeToken({ id: input.argument('id') }, { signal: context.io.stop });
  if (context.globals.json) printDocument(context, answer);
  else context.io.out.write(`Token ${plain(answer.id)} (${plain(answer.name)}) is revoked.\n`);
  return EXIT.ok;
}
