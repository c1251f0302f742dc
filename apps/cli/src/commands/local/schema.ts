import { UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { OUTPUT_SCHEMAS, outputSchema } from '../../output/schemas.js';
import type { CommandInput } from '../../program/command-input.js';

/** `ibkit schema [NAME]`: what is printed with `--json`, as JSON schema. */
export function schema({ io }: CommandContext, input: CommandInput): Promise<ExitCode> {
  const name = input.optional('name');
  if (name === undefined) {
    for (const known of Object.keys(OUTPUT_SCHEMAS)) io.out.write(`${known}\n`);
    return Promise.resolve(EXIT.ok);
  }
  const found = outputSchema(name);
  if (found === undefined) throw new UsageError({ field: 'NAME', value: name, rule: 'must be one that ibkit schema lists' });
  io.out.write(`${JSON.stringify(found, undefined, 2)}\n`);
  return Promise.resolve(EXIT.ok);
}
