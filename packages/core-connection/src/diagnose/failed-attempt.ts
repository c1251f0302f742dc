import type { IbkrError } from '@ibkit/error-codes';
import { MAX_SERVER_VERSION } from '@ibkit/wire';
import type { ResolvedDiagnoseOptions } from './diagnose-options.js';
import type { ProbeName, ProbeOutcome } from './diagnosis.js';
import { PROBE_OF_END, endOfCode } from './diagnosis-codes.js';
import { isOwnAddress } from './host-addresses.js';
import { lookAtPort } from './port-look.js';
import { addressText, failedWith, fine, found } from './probe-run.js';
import type { ProbeRun } from './probe-run.js';
import { lookAtStranger } from './stranger.js';

/** How long a look at another port, or at a stranger, may take. */
const LOOK_MS = 1_500;
/** TWS and IB Gateway out of the box. */
const USUAL: Readonly<Record<number, string>> = { 7496: 'TWS, live', 7497: 'TWS, paper', 4001: 'IB Gateway, live', 4002: 'IB Gateway, paper' };
const TUNNEL = 'If a TLS tunnel such as stunnel is in front of the gateway, set the tls option.';

/** An attempt that failed, and how far it came. */
export interface FailedAttempt {
  readonly error: IbkrError;
  readonly addresses: readonly string[];
  /** Whether the gateway answered our hello. */
  readonly greeted: boolean;
}

/** Says which question a failed attempt answers, and looks around for the reason. */
export async function explainAttempt(run: ProbeRun, options: ResolvedDiagnoseOptions, attempt: FailedAttempt): Promise<void> {
  const { error, greeted } = attempt;
  const kind = endOfCode(error.code)?.kind;
  const step = kind === undefined ? 'ready' : PROBE_OF_END[kind];
  // Hung up on after the handshake: it is readiness that did not come. And without the handshake it cannot be readiness.
  const name: ProbeName = greeted && step === 'handshake' ? 'ready' : !greeted && step === 'ready' ? 'handshake' : step;
  if (greeted) {
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
      run.settle(name, greeted ? failedWith(error) : failedInSilence(error, options));
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
  const where = listening.map((other) => (USUAL[other] === undefined ? String(other) : `${other} (${USUAL[other]})`)).join(' and ');
  return found('failed', 'IBKR_DOCTOR_OTHER_PORT', `Port ${port} of ${host} refuses, but something listens on ${where}`, { port, lookedAt: others, listening });
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

/** It said nothing at all: most servers that expect TLS do the same, and only a TLS hello would tell, which could disturb a gateway. */
function failedInSilence(error: IbkrError, { tls }: ResolvedDiagnoseOptions): ProbeOutcome {
  const tips = tls === undefined || tls === false ? [...error.tips, TUNNEL] : error.tips;
  return failedWith({ code: error.code, message: error.message, tips });
}

/** A gateway that hangs up on a stranger's address, or shows a dialog for it, says nothing: only from another machine can that be the reason. */
export async function suspectAddress(run: ProbeRun, { host, port, clock }: Pick<ResolvedDiagnoseOptions, 'host' | 'port' | 'clock'>, addresses: readonly string[]): Promise<void> {
  if (addresses.every(isOwnAddress)) {
    run.skip(['trusted'], 'Not the reason: the gateway is on this machine, which it always trusts');
    return;
  }
  const { ourAddress } = await lookAtPort({ host, port, clock, limitMs: run.within(LOOK_MS), signal: run.signal });
  run.throwIfAborted();
  const facts = ourAddress === undefined ? {} : { ourAddress };
  run.settle('trusted', found('warning', 'IBKR_DOCTOR_ADDRESS_NOT_TRUSTED', `Perhaps the gateway does not trust this machine${ourAddress === undefined ? '' : `, which it sees as ${ourAddress}`}`, facts));
}
