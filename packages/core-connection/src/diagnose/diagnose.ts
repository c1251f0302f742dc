import { withDeadline } from '@ibkit/clock';
import { TimeoutError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { MAX_SERVER_VERSION } from '@ibkit/wire';
import { ConnectionManager } from '../connection-manager.js';
import type { Diagnosis, ProbeName, ProbeOutcome } from './diagnosis.js';
import { resolveDiagnoseOptions } from './diagnose-options.js';
import type { DiagnoseOptions, ResolvedDiagnoseOptions } from './diagnose-options.js';
import { PROBE_OF_END, endOfCode } from './diagnosis-codes.js';
import { diagnoseSession } from './diagnose-session.js';
import { hostAddresses, isOwnAddress } from './host-addresses.js';
import { lookAtPort } from './port-look.js';
import { ProbeRun, addressText, failedWith, fine, found } from './probe-run.js';
import { lookAtStranger } from './stranger.js';
import { TimeQuestions } from './time-questions.js';

/** How long a look at another port, or at a stranger, may take. */
const LOOK_MS = 1_500;

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
    await explainFailure(run, options, { error, addresses, greeted: reached.has('handshake'), linked: reached.has('tcp') });
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

interface FailedAttempt {
  readonly error: IbkrError;
  readonly addresses: readonly string[];
  /** Whether the TCP link was there, and whether the gateway answered our hello. */
  readonly linked: boolean;
  readonly greeted: boolean;
}

/** Says which question the failed attempt answers, and looks around for the reason. */
async function explainFailure(run: ProbeRun, options: ResolvedDiagnoseOptions, attempt: FailedAttempt): Promise<void> {
  const { error, greeted } = attempt;
  const kind = endOfCode(error.code)?.kind;
  const step = kind === undefined ? 'ready' : PROBE_OF_END[kind];
  // Hung up on after the handshake: it is readiness that did not come.
  const name: ProbeName = step === 'handshake' && greeted ? 'ready' : step;
  if (name === 'clientId' || name === 'ready') {
    run.settle('handshake', fine('The gateway answered the handshake in a version in common'));
    run.settle('trusted', fine('This machine was let in'));
  }
  switch (kind) {
    case 'refused':
      run.settle('port', await explainRefusal(run, options, error));
      break;
    case 'notTws':
      run.settle('protocol', await explainStranger(run, options, error));
      break;
    case 'version':
      run.settle('protocol', fine('It speaks the TWS API'));
      run.settle('handshake', explainVersion(error));
      break;
    case 'handshakeTimeout':
    case 'closedEarly':
      run.settle(name, failedWith(error));
      if (!greeted) await suspectAddress(run, options, attempt.addresses);
      break;
    default:
      run.settle(name, failedWith(error));
  }
  run.skipRest(`Not asked: ${run.text.text(error.code)} came first`);
}

/** Nothing listens: perhaps on another of the usual ports. */
async function explainRefusal(run: ProbeRun, { host, port, otherPorts, clock }: ResolvedDiagnoseOptions, error: IbkrError): Promise<ProbeOutcome> {
  const others = otherPorts.filter((other) => other !== port);
  const looks = await Promise.all(others.map((other) => lookAtPort({ host, port: other, clock, limitMs: run.within(LOOK_MS), signal: run.signal })));
  run.throwIfAborted();
  const listening = others.filter((_, index) => looks[index]?.listens === true);
  if (listening.length === 0) return failedWith(error, { port, lookedAt: others, listening });
  const where = `${listening.join(' and ')} ${listening.length === 1 ? 'does' : 'do'}`;
  return found('failed', 'IBKR_DOCTOR_OTHER_PORT', `Port ${port} of ${host} refuses, but ${where} listen`, { port, lookedAt: others, listening });
}

/** Something else answers: what? */
async function explainStranger(run: ProbeRun, { host, port, clock, tls }: ResolvedDiagnoseOptions, error: IbkrError): Promise<ProbeOutcome> {
  // Through a tunnel it is the far end that is strange, and a second tunnel would say no more.
  const stranger = tls === undefined || tls === false ? await lookAtStranger({ host, port, clock, limitMs: run.within(LOOK_MS), signal: run.signal }) : 'unknown';
  run.throwIfAborted();
  const facts = { peer: stranger };
  if (stranger === 'http') return found('failed', 'IBKR_DOCTOR_PEER_HTTP', `A web server answers on ${addressText({ host, port })}, not TWS or IB Gateway`, facts);
  if (stranger === 'tls') return found('failed', 'IBKR_DOCTOR_PEER_TLS', `What answers on ${addressText({ host, port })} expects TLS`, facts);
  return failedWith(error, facts);
}

function explainVersion(error: IbkrError): ProbeOutcome {
  const { serverVersion } = error.details;
  if (typeof serverVersion !== 'number') return failedWith(error);
  const code = serverVersion > MAX_SERVER_VERSION ? 'IBKR_DOCTOR_VERSION_TOO_NEW' : 'IBKR_DOCTOR_VERSION_TOO_OLD';
  return found('failed', code, error.message, { serverVersion });
}

/** A gateway that hangs up on a stranger's address, or shows a dialog for it, says nothing: only from another machine can that be the reason. */
async function suspectAddress(run: ProbeRun, { host, port, clock }: ResolvedDiagnoseOptions, addresses: readonly string[]): Promise<void> {
  if (addresses.every(isOwnAddress)) {
    run.skip(['trusted'], 'Not the reason: the gateway is on this machine, which it always trusts');
    return;
  }
  const { ourAddress } = await lookAtPort({ host, port, clock, limitMs: run.within(LOOK_MS), signal: run.signal });
  run.throwIfAborted();
  const facts = ourAddress === undefined ? {} : { ourAddress };
  run.settle('trusted', found('warning', 'IBKR_DOCTOR_ADDRESS_NOT_TRUSTED', `Perhaps the gateway does not trust this machine${ourAddress === undefined ? '' : `, which it sees as ${ourAddress}`}`, facts));
}
