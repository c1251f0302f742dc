import type { ResolvedSettings } from './diagnose-options.js';
import { judgeAccount, judgeMode } from './account-questions.js';
import type { ProbeRun } from './probe-run.js';
import { askQuote } from './quote-question.js';
import { askReadOnly, askTimes, judgeFarms, judgeUpstream } from './session-questions.js';
import type { DiagnosableConnection } from './session-questions.js';
import type { TimeQuestions } from './time-questions.js';

/** What may be asked on a session. */
export interface SessionQuestions extends ResolvedSettings {
  readonly mode: 'paper' | 'live' | undefined;
  readonly askReadOnly: boolean;
  readonly times: TimeQuestions;
  /** Whether nobody else uses the session. */
  readonly alone: boolean;
}

/** Asks everything that a session which is ready can answer. */
export async function diagnoseSession(connection: DiagnosableConnection, run: ProbeRun, questions: SessionQuestions): Promise<void> {
  const { accounts } = connection.getStatus();
  const { mode, account, timeouts, quote, alone } = questions;
  run.asksOf(connection);
  run.text.knows(account === undefined ? accounts : [...accounts, account]);
  await run.ask('mode', () => Promise.resolve(judgeMode(accounts, mode, run.text)));
  await run.ask('account', () => Promise.resolve(judgeAccount(accounts, account, run.text)));
  // Its answers come behind whatever the gateway says of itself when a session begins, and prove that it still answers.
  const answers = await askTimes(questions.times, run, questions);
  const upstream = await run.ask('upstream', () => Promise.resolve(judgeUpstream(connection)));
  await run.ask('farms', () => Promise.resolve(judgeFarms(connection)));
  if (!answers) run.skip(['readOnly', 'marketData'], 'Not asked: the gateway answers nothing');
  // What has its answer is not asked again.
  if (questions.askReadOnly) await run.ask('readOnly', () => askReadOnly(connection, run, timeouts.answerMs));
  else run.skip(['readOnly'], 'Not asked: on a connection in use the answer is an event that programs act on');
  if (quote === false) run.skip(['marketData'], 'No quote was asked for');
  else if (upstream?.status === 'failed') run.skip(['marketData'], 'Not asked: without the link to the broker nothing comes');
  else await run.ask('marketData', () => askQuote(connection, run, { contract: quote, quoteMs: timeouts.quoteMs, alone }));
  run.skipRest('Not asked: the session ended');
}
