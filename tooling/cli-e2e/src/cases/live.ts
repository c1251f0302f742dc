import { BOTH, command, fails, json, text } from './step.js';
import type { Step } from './step.js';

const REST = 'AAPL 1 --limit 2 --submit';

/** What a live account needs: an arming, and somebody who says yes. */
export const LIVE: readonly Step[] = [
  ...command('order buy', BOTH,
    fails(2, /--yes is needed in live mode when nobody is there to be asked/, REST),
    fails(6, /not armed/, `${REST} --yes`),
  ),
  ...command('arm', BOTH,
    fails(2, /--yes is needed/, '--for 15m'),
    json('arm', ['--for', '15m', '--yes', '--reason', 'end to end'], { has: { account: 'U1234567' } }),
  ),
  ...command('order buy', BOTH, json('order', `${REST} --no-wait --yes`, { exitCode: 8, differs: /\.(?:ackedAtMs|brokerStatus|permId|warnings.*)$/ })),
  ...command('disarm', BOTH,
    json('switched', '', { has: { changed: true } }),
    text(/^Nothing was armed\.\n$/),
  ),
  ...command('arm', BOTH, text(/^Armed {2}U1234567 until \d{4}-\d\d-\d\dT[\d:.]+Z\. End it earlier with: ibkit disarm --live\n$/, '--for 15m --yes', { routes: BOTH })),
]; // prettier-ignore
