import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { directDriver } from '../drivers/direct-driver.js';
import { withoutSecrets } from '../drivers/driver.js';
import { ibcConfigText, twelveHours } from './ibc-config.js';
import { ibcDriver } from './ibc-driver.js';

const credentials = () => ({ user: 'u', password: 'p' });
const good = { script: '/opt/ibc/scripts/ibcstart.sh', version: '1037', mode: 'paper', credentials } as const;

it('writes settings line by line, and nothing for what is not set', () => {
  expect(ibcConfigText({ IbLoginId: 'me', IbPassword: 'a\\b=c#d', ReadOnlyApi: true, CommandServerPort: 7462, ColdRestartTime: undefined })).toBe('IbLoginId=me\nIbPassword=a\\\\b=c#d\nReadOnlyApi=yes\nCommandServerPort=7462\n');
});

it('refuses what would write another setting, and does not repeat it', () => {
  expect(() => ibcConfigText({ IbPassword: 'x\nReadOnlyApi=no' })).toThrow(/^settings\.IbPassword must be one line$/u);
  expect(() => ibcConfigText({ 'a b': 1 })).toThrow('must be a key of IBC');
});

it.each([['00:05', '12:05 AM'], ['11:45', '11:45 AM'], ['12:00', '12:00 PM'], ['23:55', '11:55 PM']])('says %s as IBC wants it', (time, expected) => {
  expect(twelveHours(time)).toBe(expected);
});

it('keeps for itself who may speak to the gateway and how it logs in', () => {
  for (const key of ['IbPassword', 'bindaddress', 'ControlFrom', 'TradingMode']) expect(() => ibcDriver({ ...good, settings: { [key]: 'x' } })).toThrow('is set by this package');
  expect(() => ibcDriver({ ...good, version: 'latest' })).toThrow('version must be the major version');
});

it.each([
  ['IBC: Login dialog WINDOW_OPENED: LoginState is LOGGED_OUT', 'loginDialog'],
  ['IBC: Second Factor Authentication initiated', 'secondFactor'],
  ['IBC: Second Factor Authentication timed out', 'secondFactorTimeout'],
  ['IBC: detected dialog entitled: Login failed; event=Opened', 'loginFailed'],
  ['IBC: Login has completed', 'loggedIn'],
  ['IBC: Click button: Yes', undefined],
])('reads %s', (line, sign) => {
  expect(ibcDriver(good).readSign(line)).toBe(sign);
});

it.each([[1111, 'secondFactor'], [1111 % 256, 'secondFactor'], [1112 % 256, 'loginDialog'], [1, undefined]])('knows what exit code %d means', (code, reason) => {
  expect(ibcDriver(good).exitReason({ code, signal: undefined })?.reason).toBe(reason);
});

it('gives no secrets of the environment on, and takes none as arguments', () => {
  expect(withoutSecrets({ PATH: '/bin', API_KEY: 'x', IB_PASSWORD: 'x', MY_TOKEN: 'x', HOME: '/home', NOTHING: undefined })).toEqual({ PATH: '/bin', HOME: '/home' });
  for (const arg of ['--user=me', '--pw=x', '-password', '--username=me']) expect(() => directDriver({ gatewayPath: '/x', args: [arg] })).toThrow(/must not hold credentials/u);
});

it('hides a password that holds the user name', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-ibc-'));
  const driver = ibcDriver({ ...good, credentials: () => ({ user: 'me', password: 'some1-me-2' }) });
  await driver.plan?.({ directory, port: 4002 });
  expect(driver.redact('login me some1-me-2')).toBe('login [redacted] [redacted]');
  await rm(directory, { recursive: true });
});

it('sees a sign in every line, also with a pattern that counts', () => {
  const driver = directDriver({ gatewayPath: '/x', signs: [{ pattern: /failed/gu, sign: 'loginFailed' }] });
  expect(['login failed', 'failed', 'failed'].map((line) => driver.readSign(line))).toEqual(['loginFailed', 'loginFailed', 'loginFailed']);
});
