import { ACCOUNT_COMMANDS } from '../commands/account/table.js';
import { CONNECTION_COMMANDS } from '../commands/connection/table.js';
import { LOCAL_COMMANDS } from '../commands/local/table.js';
import { MARKET_COMMANDS } from '../commands/market/table.js';
import { ORDER_COMMANDS } from '../commands/orders/table.js';
import { RISK_COMMANDS } from '../commands/risk/table.js';
import { SERVICE_COMMANDS } from '../commands/service/table.js';
import type { CommandArea, CommandSpec } from './command-spec.js';

/** Every command of the program, in the order of its help. */
export const COMMAND_AREAS: readonly CommandArea[] = [CONNECTION_COMMANDS, MARKET_COMMANDS, ACCOUNT_COMMANDS, ORDER_COMMANDS, RISK_COMMANDS, SERVICE_COMMANDS, LOCAL_COMMANDS];

/** A command with the words that call it. */
export interface NamedCommand {
  readonly words: readonly string[];
  readonly spec: CommandSpec;
}

function below(specs: readonly CommandSpec[], words: readonly string[]): NamedCommand[] {
  return specs.flatMap((spec) => {
    const path = [...words, spec.name];
    return [{ words: path, spec }, ...below(spec.commands ?? [], path)];
  });
}

/** Every command, also the nested ones, with the words that call it. */
export function allCommands(areas: readonly CommandArea[] = COMMAND_AREAS): readonly NamedCommand[] {
  return areas.flatMap(({ commands }) => below(commands, []));
}
