import { sleep, systemClock } from '@ibkit/clock';
import { exitsOf } from '../judge/intent.js';
import type { Intent, OrderPlan } from '../judge/intent.js';
import type { Finding } from '../judge/judge.js';
import { Round } from '../round/play-round.js';
import type { RoundResult } from '../round/play-round.js';
import { CLIENT_ID, Stage } from '../stage/stage.js';
import { IbkitTrader } from '../traders/ibkit-trader.js';
import type { KillPlan } from './kill-plan.js';
import { HERE, TraderChild } from './trader-child.js';
import type { ChildCommand, ChildReply } from './trader-child.js';

/** How long the bytes of a call that has come back may take to get to the proxy, real milliseconds. */
const BYTES_MS = 500;

/** Plays a round in which a process is killed at the planned moment, and judges what another one makes of its journal. */
export async function playKill(plan: KillPlan): Promise<RoundResult> {
  await using stage = await Stage.open(plan);
  const { seed, round, meanwhile, after } = plan;
  const findings: Finding[] = [];
  const intents = await killOne(stage, plan, findings);
  stage.note('the process is dead');
  for (const step of meanwhile) {
    if (step.do === 'price') stage.simulator.control.setPrice(step.symbol, step.price);
    if (step.do === 'pause') await sleep(systemClock(), step.ms);
    if (step.do === 'trouble') await stage.begin(step.trouble);
  }
  const trader = await IbkitTrader.open({
    clock: stage.clock,
    port: stage.proxy.port,
    clientId: CLIENT_ID,
    directory: stage.directory,
    journal: 'sqlite',
    onUnknown: 'warn',
    seed: seed + round + 1,
    note: (line) => {
      stage.note(line);
    },
  });
  stage.note(`the next process knows ${trader.trading.orders().map(({ key, status }) => `${key} ${status}`).join(', ')}`);
  try {
    const result = await new Round({ stage, plan: { steps: after }, trader, intents }).play();
    return { ...result, findings: [...findings, ...result.findings] };
  } finally {
    await trader.close();
  }
}

/** Starts a process, lets it trade, and kills it; gives what was wanted of it. */
async function killOne(stage: Stage, { before, last, stage: moment, victim, part, seed, round }: KillPlan, findings: Finding[]): Promise<readonly Intent[]> {
  await using child = await TraderChild.start({ port: stage.proxy.port, directory: stage.directory, clientId: CLIENT_ID, seed: seed + round });
  const intents: Intent[] = [];
  const want = (key: string, order: OrderPlan): void => {
    stage.note(`the process places ${key} ${JSON.stringify(order)}`);
    for (const [wanted, plan] of [[key, order] as const, ...exitsOf(key, order)]) intents.push({ key: wanted, order: plan, sessions: [stage.witness.sessions], changes: 0, openCalls: 1 });
  };
  const hear = (reply: ChildReply): void => {
    findings.push(...reply.findings);
    stage.note(`   the process: ${reply.do} ${reply.key} ${reply.text}`);
  };
  /** Until it stands still, or has come back from this call without getting there. */
  const untilAnswer = async (command: ChildCommand): Promise<void> => {
    for (;;) {
      const line = await child.next();
      if (line === HERE) return;
      const reply = TraderChild.replyOf(line);
      hear(reply);
      if (reply.do === command.do && reply.key === command.key) return;
    }
  };
  for (const { key, order, wait } of before) {
    want(key, order);
    child.tell({ do: 'place', key, order });
    if (wait) await untilAnswer({ do: 'place', key });
  }
  const command: ChildCommand = victim === 'place' ? { do: 'place', key: last.key, order: last.order } : { do: 'cancel', key: before[0]?.key ?? '' };
  if (victim === 'place') want(last.key, last.order);
  stage.note(`to be killed ${moment} of ${command.do} ${command.key}`);
  if (moment === 'before journal' || moment === 'after journal') {
    child.tell({ ...command, stopAt: moment });
    await untilAnswer(command);
  } else {
    const cut = new Promise<void>((resolve) => {
      const onCut = (): void => {
        child.shoot();
        stage.note(`   shot ${moment}`);
        resolve();
      };
      stage.proxy.arm({ message: victim === 'place' ? 'placeOrder' : 'cancelOrder', point: moment === 'mid-write' ? 'inside' : 'answered', how: 'fin', part, onCut });
    });
    child.tell(command);
    const answered = untilAnswer(command).then(
      () => sleep(systemClock(), BYTES_MS),
      () => undefined,
    );
    await Promise.race([cut, answered]);
  }
  child.shoot();
  await child.ended();
  stage.proxy.disarm();
  for (const line of child.rest()) if (line !== HERE) hear(TraderChild.replyOf(line));
  return intents;
}
