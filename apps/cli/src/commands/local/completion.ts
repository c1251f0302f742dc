import { UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import type { CommandInput } from '../../program/command-input.js';
import { completionScript } from '../../program/completion-script.js';

/** `ibkit completion SHELL`: a script made from the command table. */
export function completion({ io }: CommandContext, input: CommandInput): Promise<ExitCode> {
  const shell = input.argument('shell');
  if (shell !== 'bash' && shell !== 'zsh' && shell !== 'fish') throw new UsageError({ field: 'SHELL', value: shell, rule: 'must be one of bash, zsh, fish' });
  io.out.write(completionScript(shell));
  return Promise.resolve(EXIT.ok);
}
