import { describe, expect, it } from 'vitest';
import { GatewayError } from '../gateway-error.js';
import { INITIAL_GATEWAY_STATE, gatewayStep } from './gateway-machine.js';
import type { GatewayEffect, GatewayInput, GatewayPhase, GatewayRules, GatewayState } from './gateway-state.js';

const RULES: GatewayRules = { maxFailedLogins: 2, secondFactorRetries: 1, mayEnd: true };

/** The short forms of the inputs that have no more to say. */
const SHORT: Readonly<Record<string, GatewayInput>> = {
  ready: { type: 'probed', finding: 'ready' },
  refused: { type: 'probed', finding: 'refused' },
  mute: { type: 'probed', finding: 'mute' },
  exit: { type: 'exited', cause: 'it ended', mayRelaunch: true },
  exitForGood: { type: 'exited', cause: 'it ended', mayRelaunch: false },
  exit2fa: { type: 'exited', cause: 'IBC 1111', reason: 'secondFactor', mayRelaunch: true },
  nightlyExit: { type: 'exited', cause: 'it ended', expected: true, mayRelaunch: false },
  soft: { type: 'restart', how: 'soft' },
  cold: { type: 'restart', how: 'cold' },
  adoptedAtLogin: { type: 'adopted', hint: 'login' },
  adoptedWaiting: { type: 'adopted', hint: 'waiting2fa' },
  launchFailed: { type: 'launchFailed', error: new GatewayError({ code: 'IBKR_GATEWAY_NOT_EXECUTABLE', message: 'no such file' }) },
};
const PLAIN = ['start', 'stop', 'launched', 'adopted', 'loginDialog', 'secondFactor', 'secondFactorTimeout', 'loginFailed', 'loggedIn', 'restartRefused', 'deadline', 'unlock'] as const;

function inputOf(word: string): GatewayInput {
  const plain = PLAIN.find((name) => name === word);
  const found = plain === undefined ? SHORT[word] : ({ type: plain } satisfies GatewayInput);
  if (found === undefined) throw new Error(`no input is called ${word}`);
  return found;
}

function effectText(effect: GatewayEffect): string {
  if (effect.type === 'alarm') return `alarm ${effect.problem}`;
  if (effect.type === 'startFailed') return `failed ${effect.failure}`;
  return effect.type === 'askHuman' ? `human ${effect.what}` : effect.type;
}

/** Where a line of inputs leads, and the effects of the last one. */
function run(words: string, rules = RULES): { readonly state: GatewayState; readonly effects: readonly string[] } {
  let state = INITIAL_GATEWAY_STATE;
  let effects: readonly GatewayEffect[] = [];
  for (const word of words.split(' ')) ({ state, effects } = gatewayStep(state, inputOf(word), rules));
  return { state, effects: effects.map(effectText) };
}

describe('the edges', () => {
  it.each<readonly [string, GatewayPhase, ...(readonly string[])]>([
    // the way up
    ['start', 'starting', 'launch'],
    ['start launched ready', 'ready'],
    ['start launched loginDialog', 'login'],
    ['start launched loginDialog secondFactor', 'waiting2fa', 'human secondFactor'],
    ['start launched secondFactor loggedIn', 'starting'],
    ['start launched secondFactor ready', 'ready'],
    ['start launched ready loginDialog', 'ready'],
    ['adopted', 'starting'],
    ['adopted ready', 'ready'],
    ['adoptedWaiting', 'starting'],
    ['adoptedWaiting ready', 'ready'],
    ['adoptedWaiting refused', 'waiting2fa', 'human secondFactor'],
    ['adoptedWaiting loggedIn refused', 'starting'],
    ['adoptedAtLogin mute', 'login'],
    ['start launched start', 'starting'],
    // the API comes and goes
    ['start launched refused', 'starting'],
    ['start launched ready mute', 'apiDown'],
    ['start launched ready mute ready', 'ready'],
    ['start launched ready mute deadline', 'apiDown', 'alarm apiDown'],
    ['start launched ready secondFactor', 'ready'],
    ['start launched ready secondFactor mute', 'waiting2fa', 'human secondFactor'],
    ['start launched ready secondFactor loggedIn mute', 'apiDown'],
    ['start launched ready loginDialog refused', 'login'],
    ['start launched ready mute secondFactor', 'waiting2fa', 'human secondFactor'],
    // starts that fail
    ['start launchFailed', 'stopped', 'failed launch'],
    ['start launched exit', 'stopped', 'failed exited'],
    ['start launched deadline', 'stopping', 'endProcess', 'failed timeout'],
    ['start launched deadline exit', 'stopped'],
    ['start deadline', 'stopped', 'failed timeout'],
    ['start deadline launched', 'stopping', 'endProcess'],
    // logins
    ['start launched loginFailed', 'stopping', 'endProcess', 'failed loginFailed'],
    ['start launched loginFailed exit start launched loginFailed', 'stopping', 'endProcess', 'failed loginFailed', 'alarm lockedOut', 'human credentials'],
    ['start launched loginFailed exit start launched loginFailed exit', 'lockedOut'],
    ['start launched loginFailed exit start launched ready loginFailed', 'ready'],
    ['start launched loginFailed exit start launched loginFailed exit start', 'lockedOut', 'failed lockedOut'],
    ['start launched loginFailed exit start launched loginFailed exit unlock', 'stopped'],
    ['start launched loginFailed exit start launched loginFailed exit stop', 'lockedOut'],
    ['start launched loginFailed exit start launched loginFailed start', 'stopping', 'failed lockedOut'],
    ['start launched loginFailed exit start launched loginFailed stop exit', 'lockedOut', 'failed lockedOut'],
    // the second factor
    ['start launched secondFactor deadline', 'coldRestart', 'endProcess'],
    ['start launched secondFactor secondFactorTimeout', 'coldRestart', 'endProcess'],
    ['start launched secondFactor exit2fa', 'coldRestart', 'launch'],
    ['start launched secondFactor deadline ready', 'coldRestart'],
    ['start launched secondFactor deadline exit', 'coldRestart', 'launch'],
    ['start launched secondFactor deadline exit launched secondFactor deadline', 'stopping', 'endProcess', 'failed secondFactor', 'alarm lockedOut', 'human secondFactor'],
    ['start launched secondFactor deadline exit launched secondFactor deadline exit', 'lockedOut'],
    ['start launched secondFactor exit2fa launched secondFactor exit2fa', 'lockedOut', 'failed secondFactor', 'alarm lockedOut', 'human secondFactor'],
    // restarts
    ['start launched ready soft', 'softRestart', 'askSoftRestart'],
    ['start launched ready soft ready', 'softRestart'],
    ['start launched ready soft refused ready', 'ready'],
    ['start launched ready soft restartRefused', 'apiDown'],
    ['start launched ready soft refused exit', 'coldRestart', 'launch'],
    ['start launched ready soft deadline', 'coldRestart', 'alarm restartFailed', 'endProcess'],
    ['start launched ready mute soft ready', 'ready'],
    ['start launched ready cold', 'coldRestart', 'endProcess'],
    ['start launched ready cold exit launched ready', 'ready'],
    ['start launched ready cold exit launched deadline', 'stopping', 'endProcess', 'failed restart', 'alarm restartFailed'],
    ['cold', 'starting', 'launch'],
    ['start launched soft', 'starting'],
    ['start launched cold', 'coldRestart', 'endProcess'],
    // it ends by itself
    ['start launched ready exit', 'coldRestart', 'alarm exited', 'countRestart', 'launch'],
    ['start launched ready exit launched exit', 'coldRestart', 'alarm exited', 'countRestart', 'launch'],
    ['start launched ready exit launched exitForGood', 'stopped', 'alarm exited', 'failed exited'],
    ['start launched ready exitForGood', 'stopped', 'alarm exited', 'failed exited'],
    ['start launched ready nightlyExit', 'coldRestart', 'launch'],
    // Only one that was up is excused: what ends on its way up would be started again and again all through the window.
    ['start launched ready nightlyExit launched nightlyExit', 'stopped', 'alarm exited', 'failed exited'],
    ['start launched ready secondFactor exit launched loginDialog loggedIn mute', 'starting'],
    ['start launched ready exit launchFailed', 'stopped', 'failed launch'],
    ['adopted exit', 'coldRestart', 'alarm exited', 'countRestart', 'launch'],
    // stops
    ['stop', 'stopped'],
    ['start stop', 'stopped', 'failed stopped'],
    ['start stop launched', 'stopping', 'endProcess'],
    ['start stop start', 'starting'],
    ['start stop start launched ready', 'ready'],
    ['start stop launchFailed', 'stopped'],
    ['start launched stop', 'stopping', 'endProcess', 'failed stopped'],
    ['start launched ready stop ready', 'stopping'],
    ['start launched ready stop exit', 'stopped'],
    ['start launched ready stop start', 'stopping'],
    ['start launched ready stop start exit', 'starting', 'launch'],
    ['start launched ready stop deadline', 'stopping'],
    ['exit', 'stopped'],
  ])('%s: %s', (words, phase, ...effects) => {
    const end = run(words);
    expect(end.state.phase).toBe(phase);
    expect(end.effects).toEqual(effects);
  });

  it('goes on looking at a gateway that is not its own, however long that takes to come up', () => {
    const rules = { ...RULES, mayEnd: false };
    expect(run('adopted deadline', rules)).toMatchObject({ state: { phase: 'apiDown', running: true }, effects: ['failed timeout'] });
    expect(run('adopted deadline ready', rules).state.phase).toBe('ready');
  });

  it('starts nothing anew for a login that was locked out, when a process of that time was found', () => {
    const locked: GatewayState = { ...INITIAL_GATEWAY_STATE, phase: 'lockedOut', lockOut: 'credentials' };
    const play = (...words: readonly string[]) => words.reduce((state, word) => gatewayStep(state, inputOf(word), RULES).state, locked);
    expect(play('adopted', 'exit').phase).toBe('lockedOut');
    expect(play('adopted', 'deadline', 'exit').phase).toBe('lockedOut');
    expect(play('adopted', 'ready', 'exit').phase).toBe('coldRestart');
  });
});
