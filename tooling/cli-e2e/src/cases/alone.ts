import { command, fails, json, lines, text } from './step.js';
import type { Step } from './step.js';

const ALONE = ['alone'] as const;

/** What needs neither a gateway nor a daemon. */
export const OFFLINE: readonly Step[] = [
  ...command('explain', ALONE,
    json('explain', '1100', { has: { code: 1100, known: true } }),
    json('explain', ['Error. Id: 7, Code: 354, Msg: Requested market data is not subscribed'], { has: { codes: [{ code: 354 }] } }),
    text(/^200 {2}[^]*\n\n162 {2}/, '-', { input: 'ERROR 3 200 No security definition\nfine\nERROR 4 162 Historical Market Data Service error\n' }),
    json('explain', '99999', { exitCode: 1, has: { known: false } }),
    fails(2, /CODE must be a code such as 1100/, 'word'),
  ),
  ...command('simulate', ALONE,
    lines('simulate', '--port 0 --control-port 0 --for 50ms', { has: { event: 'listening', host: '127.0.0.1' } }),
    text(/^TWS simulator listening on 127\.0\.0\.1:\d+\n$/, '--port 0 --for 50ms', { err: /Try: ibkit watch SPY/ }),
    fails(2, /--seed must be a whole number/, '--port 0 --seed 1.5'),
  ),
  ...command('config init', ALONE,
    json('config-path', '--config my.ini'),
    text(/^Wrote .*\.config\/ibkit\/ibkit\.ini\n$/),
    fails(2, /is there already, and is never overwritten/),
  ),
  ...command('config set', ALONE,
    json('config-path', 'port 4010 --config my.ini'),
    text(/^Set host in .*my\.ini\n$/, 'host box.lan --config my.ini'),
    fails(2, /colour/, 'colour red'),
  ),
  ...command('config show', ALONE,
    json('config', '--config my.ini', { has: { effectivePort: 4010 } }),
    text(/^NAME[^]*host +box\.lan|host +box\.lan/, '--config my.ini'),
    fails(2, /missing\.ini/, '--config missing.ini'),
  ),
  ...command('config path', ALONE,
    json('config-path'),
    text(/my\.ini\n$/, '--config my.ini'),
    fails(2, /too many arguments/, 'here'),
  ),
  ...command('completion', ALONE, text(/^# Completion of ibkit for bash/, 'bash'), text(/./, 'zsh'), text(/./, 'fish'), fails(2, /tcsh/, 'tcsh')),
  ...command('schema', ALONE, text(/^positions$/m), text(/"\$schema": "https:\/\/json-schema\.org\/draft\/2020-12\/schema"/, 'positions'), fails(2, /nothing/, 'nothing')),
  ...command('daemon logs', ALONE, fails(2, /is not there: only a daemon that ibkit daemon start started has a log here/)),
  ...command('daemon start', ALONE, fails(2, /./, '--listen nowhere:0', { env: { IBKIT_DAEMON_PROGRAM: '/nowhere/ibkitd' } })),
  ...command('daemon status', ALONE, json('daemon', '', { exitCode: 3, has: { running: false } })),
  ...command('check', ALONE,
    json('check', '--simulate', { has: { ok: true, simulated: true } }),
    fails(2, /wrong\.ini|port|client/, '--config {garbage}'),
    fails(2, /--via daemon/, '--simulate --via daemon'),
  ),
]; // prettier-ignore

/** What is played back, of a recording that was made before. */
export const REPLAYS: readonly Step[] = [
  ...command('replay', ALONE,
    lines('replay-line', '{recording}'),
    text(/^\{"type":"/, '{recording} --kinds quote --symbols SPY'),
    json('replay-description', '{recording} --describe', { has: { live: false, source: { name: 'ibkit record' } } }),
    text(/^.*recording\n {2}rows +[\d,]+ \(/, '{recording} --describe'),
    json('replay-export', '{recording} --kinds quote --export quotes.csv', { has: { gaps: 0 } }),
    fails(2, /nowhere/, 'nowhere'),
  ),
]; // prettier-ignore
