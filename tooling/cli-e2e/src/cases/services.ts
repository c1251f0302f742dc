import { FORBIDDEN_TICKER } from '../testing/flow-service.js';
import { BOTH, command, fails, failsForPeople, json, lines, text } from './step.js';
import type { Route, Step } from './step.js';

const RECORDED = /^Recording into .*Ctrl-C stops it\.\nRecorded [\d,]+ rows in /;

function view(name: string, words: string, found: RegExp, refusedOn: Route = 'direct'): readonly Step[] {
  return command(`flow ${name}`, BOTH,
    json('flow', words),
    text(found, words),
    words === '' ? fails(2, /too many arguments/, 'SPY') : fails(4, /./, FORBIDDEN_TICKER, { routes: [refusedOn] }),
  ); // prettier-ignore
}

/** What runs beside, at the shared daemon. */
export const SERVICES: readonly Step[] = [
  ...command('token create', ['daemon'],
    json('new-token', 'reader --scope read', { remember: { token: ['token', 'id'], secret: ['secret'] } }),
    text(/^\S{20,}\n$/, 'bot --scope trade --accounts DU1234567 --expires-in 12h', { err: /^Token \S+ \(trade\)\. This is the only time that its secret is told:\n$/ }),
    fails(2, /--scope/, 'bot --scope everything'),
  ),
  ...command('token create', ['daemon'], json('new-token', 'other', { remember: { other: ['token', 'id'] } })),
  ...command('token list', ['daemon'],
    json('tokens'),
    text(/reader +/),
    fails(4, /token/i, '', { env: { IBKIT_TOKEN: 'not-a-token-of-this-daemon' } }),
  ),
  ...command('token revoke', ['daemon'],
    json('token', '{token}', { has: { name: 'reader' } }),
    text(/./, '{other}'),
    fails(1, /There is no token with this id/, 'nobody'),
  ),
  ...command('record', BOTH,
    lines('record-line', 'SPY --out recording --for 3s', { has: { event: 'started', lost: 0 } }),
    text(/^$/, 'SPY --trades --out trades --for 500ms', { err: RECORDED }),
    fails(2, /--out/, 'SPY'),
    failsForPeople(1, /NOSUCH/, 'NOSUCH --out nothing', { routes: ['direct'] }),
  ),
  ...view('status', '', /^queue +3$/m),
  ...view('tickers', '', /^SPY\nQQQ\n$/),
  ...view('trades', 'SPY', /PRICE[^]*1\.25/, 'daemon'),
  ...view('minute-data', 'SPY', /MINUTE[^]*09:30/),
  ...view('divergence', 'SPY', /SCORE[^]*0\.5/, 'daemon'),
  ...view('predictions', 'SPY', /SIGNAL[^]*bullish/),
  ...view('data-range', 'SPY', /VALUE[^]*1/),
]; // prettier-ignore

/** The daemon as its user starts it, and the gateway that it starts, and one that nobody looks after. */
export const LIFE: readonly Step[] = [
  ...command('daemon start', ['daemon'],
    json('daemon', '--listen 127.0.0.1:0', { has: { running: true } }),
    text(/^The daemon runs already, at http:/),
    fails(2, /--port must be/, '--port many'),
  ),
  ...command('daemon status', ['daemon'], json('daemon', '', { has: { running: true } }), text(/^The daemon listens at http:\/\/127\.0\.0\.1:\d+\.\n {2}process +\d+\n {2}gateway/)),
  ...command('daemon logs', ['daemon'], text(/^\{.*\}\n/, '--lines 3')),
  ...command('gateway start', BOTH,
    json('gateway', '--gateway-path {program}', { routes: ['direct'], has: { managed: true, phase: 'ready' } }),
    json('gateway', '', { routes: ['daemon'], has: { managed: true, phase: 'ready' } }),
    fails(2, /--gateway-path/),
  ),
  ...command('gateway status', BOTH,
    json('gateway', '--gateway-path {program}', { routes: ['direct'], has: { managed: true, phase: 'ready' } }),
    json('gateway', '', { routes: ['daemon'], has: { managed: true, phase: 'ready' } }),
    text(/^ready for .*\n[^]*process +\d+/, '', { routes: ['daemon'] }),
    json('gateway', '--port 1', { routes: ['direct'], exitCode: 3, has: { managed: false, phase: 'external' } }),
  ),
  ...command('gateway restart', BOTH,
    // At night, when a gateway restarts by itself, a restart is refused without the flag.
    json('gateway', '--gateway-path {program} --force', { routes: ['direct'], has: { phase: 'ready' } }),
    json('gateway', '', { routes: ['daemon'], has: { phase: 'ready' } }),
    text(/^ready for /, '--force', { routes: ['daemon'] }),
    fails(2, /--gateway-path/),
  ),
  ...command('gateway stop', BOTH,
    json('gateway', '--gateway-path {program}', { routes: ['direct'], has: { phase: 'stopped' } }),
    json('gateway', '', { routes: ['daemon'], has: { phase: 'stopped' } }),
    fails(2, /--gateway-path/),
  ),
  ...command('gateway start', BOTH, text(/^ready for /, '/ --start --gateway-path {program}', { routes: ['direct'], err: /ready: / })),
  ...command('gateway stop', BOTH, text(/^stopped for /, '--gateway-path {program}', { routes: ['direct'], err: /./ })),
  ...command('daemon stop', ['daemon'], json('daemon', '', { has: { running: false } }), text(/^The daemon does not run\.\n$/)),
  ...command('daemon status', ['daemon'], json('daemon', '', { exitCode: 3, has: { running: false } })),
  ...command('gateway start', ['daemon'], fails(3, /There is no daemon/)),
]; // prettier-ignore
