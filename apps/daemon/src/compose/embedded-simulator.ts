import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import type { DaemonLogger } from '../log.js';
import type { SimulatorSettings } from '../settings/settings.js';

/** The flag behind an option of the simulator. */
const FLAGS: Readonly<Record<string, keyof SimulatorSettings>> = { '--seed': 'seed', '--speed': 'speed', '--start-at': 'startAtMs', '--replay': 'replay', '--scenario': 'scenario' };

/** The simulator names its own options; who typed flags looks for those. */
function inFlags(error: unknown, settings: SimulatorSettings): unknown {
  if (!(error instanceof UsageError)) return error;
  const { field, rule, value } = error.details;
  const flag = Object.entries(FLAGS).find(([, option]) => option === field && settings[option] !== undefined)?.[0];
  const shown = flag ?? (settings.scenario === undefined ? String(field) : `--scenario ${settings.scenario}: ${String(field)}`);
  return new UsageError({ code: error.code, field: shown, rule: String(rule), ...(value === undefined ? {} : { value }), tips: error.tips, cause: error });
}

/** Starts the simulator that the daemon runs on. @throws UsageError that names the flag, and what is wrong with it or its file */
export async function embeddedSimulator(settings: SimulatorSettings, { clock, log }: { readonly clock: Clock; readonly log: DaemonLogger }): Promise<Simulator> {
  const simulator = await createSimulator({ clock, ...settings }).catch((error: unknown) => {
    throw inFlags(error, settings);
  });
  const { held, paused } = simulator.control.state().clock;
  if (paused && !held) {
    await simulator.close();
    throw new UsageError({ field: '--scenario', value: settings.scenario, rule: 'must let the clock run: nothing here could move it. `ibkit simulate --control-port` can, and ibkitd connects to it with --port' });
  }
  if (simulator.control.journal({ type: 'replayEnded' }).length > 0) log.warn({}, 'every row of the replay is before --start-at: nothing of it will move');
  else if (held) log.info({}, 'the replay waits at the open until somebody follows a replayed symbol');
  return simulator;
}
