import { journalDirectory, sqliteJournal } from '@ibkit/journal';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { startTestDaemon } from './testing/test-daemon.js';

it('owns the journal of its gateway as long as it runs', async () => {
  await using simulator = await createSimulator();
  await using daemon = await startTestDaemon('--port', String(simulator.port));
  await daemon.parts.trading.ready({ timeoutMs: 30_000 });
  const directory = journalDirectory({ stateDirectory: daemon.stateDir, host: 'localhost', port: simulator.port, clientId: 1 });
  await using journal = await sqliteJournal({ directory });
  await expect(journal.coordinator.acquire()).rejects.toMatchObject({ code: 'IBKR_LEASE_HELD' });
  expect(await journal.verify()).toMatchObject({ ok: true });
  expect((await journal.head()).term).toBe(1);
  await daemon.parts.close();
  expect((await journal.coordinator.acquire()).term).toBe(2);
});
