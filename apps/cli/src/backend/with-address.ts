import type { CommandContext } from '../config/globals.js';
import { remark } from '../output/print.js';

/** Where a gateway listens. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

/** Runs `work` with the address of the gateway. With `--simulate` that is an embedded simulator that lives as long. */
export async function withAddress<T>(context: CommandContext, work: (address: GatewayAddress) => Promise<T>): Promise<T> {
  const { globals, clock } = context;
  if (!globals.simulate) return await work({ host: globals.host, port: globals.port });
  const { createSimulator } = await import('@ibkit/simulator');
  await using simulator = await createSimulator({ clock });
  remark(context, `Embedded simulator on port ${simulator.port}`);
  return await work({ host: simulator.host, port: simulator.port });
}
