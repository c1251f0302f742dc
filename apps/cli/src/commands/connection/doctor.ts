import type { ApiDiagnosis } from '@ibkit/api-contract';
import { daemonBackendFor } from '../../backend/choose-daemon.js';
import { withEndpoint } from '../../backend/with-endpoint.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { colorsFor } from '../../render/colors.js';
import type { Colors } from '../../render/colors.js';
import { plain, span } from '../../render/text.js';

type ProbeView = ApiDiagnosis['probes'][number];

const MARKS = { ok: 'ok', warning: '!!', failed: 'XX', skipped: '--' } as const;

function probeLine({ name, status, detail, fix, durationMs }: ProbeView, { good, bad, warning, dim }: Colors): string {
  const paint = { ok: good, warning, failed: bad, skipped: dim }[status];
  const took = durationMs >= 1 ? dim(`  ${span(durationMs)}`) : '';
  return `${paint(MARKS[status])}  ${plain(name).padEnd(11)} ${plain(detail)}${took}\n${fix === undefined ? '' : `      ${' '.repeat(9)} -> ${plain(fix)}\n`}`;
}

/** What a step is given when `--timeout` does not give it less, milliseconds: the defaults of `diagnose`. */
const STEP_MS = { nameMs: 5_000, tcpMs: 5_000, handshakeMs: 10_000, readyMs: 10_000, answerMs: 5_000, quoteMs: 8_000 } as const;

function timeoutsWithin(timeoutMs: number): Record<keyof typeof STEP_MS, number> {
  const within = (ms: number): number => Math.min(ms, timeoutMs);
  return { nameMs: within(STEP_MS.nameMs), tcpMs: within(STEP_MS.tcpMs), handshakeMs: within(STEP_MS.handshakeMs), readyMs: within(STEP_MS.readyMs), answerMs: within(STEP_MS.answerMs), quoteMs: within(STEP_MS.quoteMs) };
}

async function ask(context: CommandContext, input: CommandInput, onProbe: (probe: ProbeView) => void): Promise<ApiDiagnosis> {
  const { globals, io, clock } = context;
  const symbol = parseSymbol('--symbol', input.text('symbol') ?? 'SPY');
  // Without --via daemon the gateway itself is asked: a daemon that cannot connect is one of the reasons to call for a doctor.
  await using daemon = globals.via === 'daemon' ? await daemonBackendFor(context) : undefined;
  if (daemon !== undefined) {
    const found = await daemon.operations.diagnosis({ symbol }, { signal: io.stop });
    for (const probe of found.probes) onProbe(probe);
    return found;
  }
  const { diagnose } = await import('@ibkit/core-connection');
  return await withEndpoint(context, async ({ host, port, clientId }) => {
    const found = await diagnose({
      host, port, clientId, clock,
      mode: globals.mode,
      timeouts: timeoutsWithin(globals.timeoutMs),
      account: globals.accountId,
      quote: input.on('no-quote') ? false : { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' },
      signal: io.stop,
      onProbe: (probe) => { onProbe({ ...probe, facts: probe.facts === undefined ? undefined : { ...probe.facts } }); },
    }); // prettier-ignore
    const { verdict, summary, cause, startedAtMs, durationMs, probes } = found;
    return { verdict, summary, cause, startedAtMs, durationMs, probes: probes.map((probe) => ({ ...probe, facts: probe.facts === undefined ? undefined : { ...probe.facts } })) };
  });
}

/** `ibkit doctor`: one question after the other, and what to do about the first that is wrong. */
export async function doctor(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const colors = colorsFor(context);
  const found = await ask(context, input, (probe) => {
    if (!globals.json) io.out.write(probeLine(probe, colors));
  });
  if (globals.json) printDocument(context, found);
  else io.out.write(`\n${{ ok: colors.good, degraded: colors.warning, broken: colors.bad }[found.verdict](found.verdict)}  ${plain(found.summary)}\n`);
  return found.verdict === 'broken' ? EXIT.notReady : EXIT.ok;
}
