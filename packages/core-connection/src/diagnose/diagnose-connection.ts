import type { ConnectionStatus } from '../connection-status.js';
import type { Diagnosis } from './diagnosis.js';
import { PROBE_NAMES } from './diagnosis.js';
import { resolveConnectionDiagnosis } from './diagnose-options.js';
import type { DiagnoseConnectionOptions } from './diagnose-options.js';
import { PROBE_OF_END, endOfCode } from './diagnosis-codes.js';
import { diagnoseSession } from './diagnose-session.js';
import { ProbeRun, failedWith, fine } from './probe-run.js';
import type { DiagnosableConnection } from './session-questions.js';
import { TimeQuestions } from './time-questions.js';

/**
 * The same for a connection that a program has: asks on its own session, so nobody's client id is taken, and opens no socket. One market data line is opened for a moment.
 * Without a session it tells why there is none; it does not connect.
 * @throws {@link UsageError} for an option; the signal's reason.
 */
export async function diagnoseConnection(connection: DiagnosableConnection, options: DiagnoseConnectionOptions = {}): Promise<Diagnosis> {
  const resolved = resolveConnectionDiagnosis(options);
  const status = connection.getStatus();
  const { host, port, clientId } = status;
  const run = new ProbeRun({ clock: connection.clock, target: { host, port, clientId }, settings: resolved });
  run.text.knows(resolved.account === undefined ? status.accounts : [...status.accounts, resolved.account]);
  run.throwIfAborted();
  if (connection.session === undefined) explainDown(run, status);
  else {
    tellStanding(run, status, connection.clock.now());
    const times = new TimeQuestions(connection);
    try {
      await diagnoseSession(connection, run, { ...resolved, times, alone: false });
    } finally {
      times.close();
    }
  }
  return run.finish();
}

function tellStanding(run: ProbeRun, { serverVersion = 0, serverConnectionTime = '', clientId, connectedAtMs, reconnectCount }: ConnectionStatus, nowMs: number): void {
  const forMs = Math.max(0, nowMs - (connectedAtMs ?? nowMs));
  run.skip(['name'], 'Not asked: the session stands');
  run.settle('port', fine(`The session has stood for ${Math.round(forMs / 1_000)} s`, { forMs, reconnectCount }));
  run.settle('protocol', fine('It speaks the TWS API'));
  run.settle('handshake', fine(`Server version ${serverVersion}`, { serverVersion, connectionTime: serverConnectionTime }));
  run.settle('trusted', fine('This machine was let in'));
  run.settle('clientId', fine(`Client id ${clientId} is ours`, { clientId }));
  run.settle('ready', fine('Accounts and order ids arrived'));
}

/** The connection is down: while it tries, its own last error answers the question that the error is about. */
function explainDown(run: ProbeRun, { state, lastError, nextAttemptAtMs }: ConnectionStatus): void {
  const facts = { state, ...(nextAttemptAtMs === undefined ? {} : { nextAttemptAtMs }) };
  const end = lastError === undefined || state === 'disconnected' ? undefined : endOfCode(lastError.code);
  if (lastError === undefined || end === undefined) {
    const tips = ['Call connect() or ensureConnected() first, or start the program that does.'];
    const message = `The connection is ${state}${lastError === undefined ? '' : `. Its last error: ${lastError.message}`}`;
    run.settle('ready', failedWith({ code: 'IBKR_NOT_CONNECTED', message, tips }, facts));
  } else {
    const name = PROBE_OF_END[end.kind];
    run.skip(PROBE_NAMES.slice(0, PROBE_NAMES.indexOf(name)), `Not asked: the connection is ${state}`);
    run.settle(name, failedWith({ code: end.code, message: lastError.message, tips: end.tips }, facts));
  }
  run.skipRest(`Not asked: the connection is ${state}`);
}
