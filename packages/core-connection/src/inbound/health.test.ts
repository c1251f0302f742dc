import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { HealthTracker, farmNotice } from './health.js';
import type { LayerChange } from './health.js';

describe('farmNotice', () => {
  it.each([
    [2104, 'Market data farm connection is OK:usfarm', { farm: 'usfarm', status: 'up' }],
    [2104, 'Market data farm connection is OK:usfarm.nj', { farm: 'usfarm.nj', status: 'up' }],
    [2106, 'HMDS data farm connection is OK:ushmds', { farm: 'ushmds', status: 'up' }],
    [2158, 'Sec-def data farm connection is OK:secdefnj', { farm: 'secdefnj', status: 'up' }],
    [2107, 'HMDS data farm connection is inactive but should be available upon demand.ushmds', { farm: 'ushmds', status: 'up' }],
    [2103, 'Market data farm connection is broken:jfarm', { farm: 'jfarm', status: 'down' }],
    [2105, 'HMDS data farm connection is broken:euhmds', { farm: 'euhmds', status: 'down' }],
    [2157, 'Sec-def data farm connection is broken:secdefil', { farm: 'secdefil', status: 'down' }],
    [2119, 'Market data farm is connecting:usopt', { farm: 'usopt', status: 'unknown' }],
    [2103, 'A text without a farm', { farm: 'unnamed', status: 'down' }],
    [2100, 'API client has been unsubscribed from account data.', undefined],
  ])('reads %i %s', (code, text, expected) => {
    expect(farmNotice(code, text)).toEqual(expected);
  });
});

describe('HealthTracker', () => {
  it('knows since when and why, and tells about changes of a status only', async () => {
    const clock = createTestClock({ nowMs: 1_000 });
    const changes: LayerChange[] = [];
    const health = new HealthTracker({ clock, onChange: (change) => changes.push(change) });
    health.set('tcp', 'up', 'open');
    await clock.advance(500);
    health.set('tcp', 'up', 'still open');
    health.setFarm('usfarm', 'down', '2103');
    expect(changes).toEqual([]);
    health.flush();
    health.flush();
    expect(changes.map(({ layer, to }) => [layer, to.status, to.sinceMs])).toEqual([
      ['tcp', 'up', 1_000],
      ['farm:usfarm', 'down', 1_500],
    ]);
    expect(health.report().layers.tcp).toEqual({ status: 'up', sinceMs: 1_000, cause: 'still open' });
  });

  it('knows nothing of what lies behind a session that is gone', () => {
    const health = new HealthTracker({ clock: createTestClock(), onChange: () => undefined });
    health.set('upstream', 'down', '1100');
    health.setFarm('usfarm', 'up', '2104');
    health.sessionGone('the link broke');
    expect(health.report().layers).toMatchObject({
      tcp: { status: 'down' },
      handshake: { status: 'down' },
      api: { status: 'down' },
      upstream: { status: 'unknown', cause: 'the link broke' },
      farms: { usfarm: { status: 'unknown' } },
    });
  });

  it('keeps a bounded number of farms, however many the gateway names', () => {
    const health = new HealthTracker({ clock: createTestClock(), onChange: () => undefined });
    for (let number = 0; number < 10_000; number += 1) health.setFarm(`farm${number}`, 'down', '2103');
    const { farms } = health.report().layers;
    expect(Object.keys(farms)).toHaveLength(201);
    expect(farms).toMatchObject({ farm0: { status: 'down' }, further: { status: 'down' } });
    health.setFarm('farm0', 'up', '2104');
    expect(health.farm('farm0')).toMatchObject({ status: 'up' });
  });
});
