import type { TestProject } from 'vitest/node';
import { freshDirectory, ibkit } from './program.js';
import { startFlowService } from './flow-service.js';
import { launchDaemon, startSimulator } from './world.js';
import type { SimulatorProcess } from './world.js';

/** What the tests of the commands run on, and nobody else: orders are counted there. Each route has a simulator and a home of its own, so that orders of one are not those of the other. */
export interface SharedWorld {
  readonly direct: { readonly home: string; readonly port: number; readonly controlPort: number };
  readonly daemon: { readonly home: string; readonly port: number; readonly controlPort: number; readonly url: string; readonly token: string };
  /** Where the options flow service is, and what opens it. */
  readonly flow: Readonly<Record<'API_BASE_URL' | 'API_KEY', string>>;
  /** Of SPY on both simulators: an expiry, and two strikes beside each other. */
  readonly option: { readonly expiry: string; readonly strikes: readonly [string, string] };
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly world: SharedWorld;
    /** Whether pictures of screens are made again, as with `--update`. */
    readonly newPictures: boolean;
  }
}

async function optionOf(port: number): Promise<SharedWorld['option']> {
  const { stdout, stderr } = await ibkit(['chain', 'SPY', '--strikes', '1', '--right', 'C', '--json', '--port', String(port)]);
  const { expiries, rows } = JSON.parse(stdout) as { readonly expiries?: readonly string[]; readonly rows?: readonly { readonly strike: number }[] };
  const [expiry, low, high] = [expiries?.[0], rows?.[0]?.strike, rows?.[1]?.strike];
  if (expiry === undefined || low === undefined || high === undefined) throw new Error(`There is no chain of SPY: ${stdout} ${stderr}`);
  return { expiry, strikes: [String(low), String(high)] };
}

/** Starts what is shared; what it returns ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const open: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    // The daemon before its gateway.
    for (const end of open.splice(0).reverse()) await end();
  };
  const simulator = async (): Promise<SimulatorProcess> => {
    const started = await startSimulator();
    open.push(() => started.running.stop());
    return started;
  };
  try {
    const flow = await startFlowService();
    open.push(() => flow.close());
    const [direct, behind] = await Promise.all([simulator(), simulator()]);
    const daemon = await launchDaemon({ port: behind.port, env: flow.env });
    open.push(() => daemon.running.stop());
    project.provide('world', {
      direct: { home: freshDirectory(), port: direct.port, controlPort: direct.controlPort },
      daemon: { home: daemon.home, port: behind.port, controlPort: behind.controlPort, url: daemon.url, token: daemon.token },
      flow: flow.env,
      option: await optionOf(direct.port),
    });
    project.provide('newPictures', project.config.snapshotOptions.updateSnapshot === 'all');
    return close;
  } catch (error) {
    await close();
    throw error;
  }
}
