import { withDeadline } from '@ibkit/clock';
import { TimeoutError, isIbkrError } from '@ibkit/error-codes';
import { ConnectionManager } from '../connection-manager.js';
import type { Diagnosis } from './diagnosis.js';
import { resolveDiagnoseOptions } from './diagnose-options.js';
import type { DiagnoseOptions, ResolvedDiagnoseOptions } from './diagnose-options.js';
import { endOfCode } from './diagnosis-codes.js';
import { diagnoseSession } from './diagnose-session.js';
import { explainAttempt } from './failed-attempt.js';
import { hostAddresses } from './host-addresses.js';
import { ProbeRun, addressText, fine, found } from './probe-run.js';
import { TimeQuestions } from './time-questions.js';

/**
 * Finds out whether a gateway is all right, and if not, why: connects once, asks the questions of {@link PROBE_NAMES} in their order, stops where the next ones make no
 * sense, and hangs up. Nothing is traded or changed, and no order id is used up. Whatever the peer does, it ends: within `timeoutMs`, and a second at most to hang up.
 * @returns what was found; a gateway that is not all right is an answer, no error
 * @throws {@link UsageError} for an option; the signal's reason.
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const resolved = resolveDiagnoseOptions(options);
  const { host, port, clientId, clock, mode, tls, timeouts, account } = resolved;
  // Checks the rest of the options before anything is asked.
  const connection = new ConnectionManager({
    host,
    port,
    clientId,
    clock,
    tls,
    paperTrading: mode === 'paper',
    autoReconnect: false,
    heartbeat: false,
    alarmAfterMs: Number.POSITIVE_INFINITY,
    timeouts: { tcpMs: timeouts.tcpMs, handshakeMs: timeouts.handshakeMs, readyMs: timeouts.readyMs },
  });
  // Before the connection asks for the first time.
  const times = new TimeQuestions(connection);
  const run = new ProbeRun({ clock, target: { host, port, clientId }, settings: resolved });
  if (account !== undefined) run.text.knows([account]);
  try {
    run.throwIfAborted();
    const addresses = await askName(run, resolved);
    if (addresses !== undefined && (await connectOnce(run, connection, resolved, addresses))) {
      await diagnoseSession(connection, run, { ...resolved, times, askReadOnly: true, alone: true });
    }
    return run.finish();
  } finally {
    await connection.close();
  }
}

/** The addresses of the host; absent when there are none, and all is said. */
async function askName(run: ProbeRun, { host, clock, timeouts }: ResolvedDiagnoseOptions): Promise<readonly string[] | undefined> {
  let addresses: readonly string[] | undefined;
  const outcome = await run.ask('name', async () => {
    const limitMs = run.within(timeouts.nameMs);
    const late = new TimeoutError({ code: 'IBKR_DOCTOR_NAME_TIMEOUT', message: `The name service did not say within ${limitMs} ms where ${host} is` });
    try {
      addresses = await withDeadline(clock, limitMs, hostAddresses(host), { signal: run.signal, timeoutError: () => late });
      return fine(addresses.includes(host) ? `${host} is an address` : `${host} is ${addresses.join(', ')}`, { host, addresses });
    } catch (error) {
      if (error === late) return found('failed', 'IBKR_DOCTOR_NAME_TIMEOUT', late.message, { host });
      return { status: 'failed', code: 'IBKR_CONNECT_HOST_NOT_FOUND', detail: `The host ${host} has no address: ${error instanceof Error ? error.message : String(error)}`, fix: endOfCode('IBKR_CONNECT_HOST_NOT_FOUND')?.tips.join(' '), facts: { host } };
    }
  });
  if (outcome?.status !== 'ok') run.skipRest('Not asked: the host has no address');
  return outcome?.status === 'ok' ? addresses : undefined;
}

/** Makes the session, and answers every question up to `ready`. @returns whether it stands */
async function connectOnce(run: ProbeRun, connection: ConnectionManager, options: ResolvedDiagnoseOptions, addresses: readonly string[]): Promise<boolean> {
  const address = addressText(options);
  const reached = new Set<string>();
  run.starts('port');
  const stopListening = connection.events.on('connection.healthChanged', ({ layer, to }) => {
    if (to.status !== 'up' || reached.has(layer)) return;
    if (layer === 'tcp') {
      run.settle('port', fine(`Something listens on ${address}`, { port: options.port }));
      run.starts('protocol');
    } else if (layer === 'handshake') {
      run.settle('protocol', fine('It speaks the TWS API'));
      run.starts('handshake');
    }
    reached.add(layer);
  });
  try {
    await connection.connect({ timeoutMs: run.within(Number.MAX_SAFE_INTEGER), retryCount: 0, signal: run.signal });
  } catch (error) {
    run.throwIfAborted();
    if (!isIbkrError(error)) throw error;
    await explainAttempt(run, options, { error, addresses, greeted: reached.has('handshake') });
    return false;
  } finally {
    stopListening();
  }
  const { serverVersion = 0, serverConnectionTime = '' } = connection.getStatus();
  run.settle('handshake', fine(`Server version ${serverVersion}`, { serverVersion, connectionTime: serverConnectionTime }));
  run.settle('trusted', fine('This machine was let in'));
  run.settle('clientId', fine(`Client id ${options.clientId} is free`, { clientId: options.clientId }));
  run.settle('ready', fine('Accounts and order ids arrived'));
  return true;
}
