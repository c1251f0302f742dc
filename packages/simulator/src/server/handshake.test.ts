import { encodeClientHello } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';

const hello = encodeClientHello({ minVersion: 100, maxVersion: 178, connectOptions: '+PACEAPI' });

describe('connecting', () => {
  it('is silent until the hello, then agrees on a version, then says what a client waits for', () =>
    withSimulator({ accounts: ['DU1', 'DU2'] }, async ({ simulator }) => {
      const client = await WireClient.greet({ port: simulator.port, minVersion: 100, maxVersion: 193, connectOptions: '+PACEAPI' });
      expect(client.serverVersion).toBe(193);
      expect(client.connectionTime).toBe('20240102 14:30:00 UTC');
      expect(client.messages).toEqual([]);
      client.send({ type: 'startApi', clientId: 5, optionalCapabilities: '' });
      await client.error(2158);
      expect(client.messages.map((message) => message.type)).toEqual(['managedAccounts', 'nextValidId', 'errMsg', 'errMsg', 'errMsg', 'errMsg']);
      expect(client.all('managedAccounts')).toEqual([{ type: 'managedAccounts', accountsList: 'DU1,DU2' }]);
      expect(client.all('nextValidId')).toEqual([{ type: 'nextValidId', orderId: 1 }]);
      expect(client.all('errMsg').map(({ id, code, msg }) => [id, code, msg])).toEqual([
        [-1, 2104, 'Market data farm connection is OK:usfarm'],
        [-1, 2104, 'Market data farm connection is OK:usopt'],
        [-1, 2106, 'HMDS data farm connection is OK:ushmds'],
        [-1, 2158, 'Sec-def data farm connection is OK:secdefnj'],
      ]);
      await client.close();
    }));

  it('reads a hello that arrives byte by byte', () =>
    withSimulator({}, async ({ simulator }) => {
      const client = await WireClient.open(simulator.port);
      for (const byte of hello) client.sendBytes(Uint8Array.of(byte));
      // START_API, framed by hand: the version 178 is known from the offer.
      client.sendBytes(Buffer.from('\0\0\0\x0871\x002\x001\x00\x00', 'latin1'));
      await client.first('nextValidId');
      expect(client.serverVersion).toBe(178);
      await client.close();
    }));

  it('closes by FIN when there is no common version', () =>
    withSimulator({ maxServerVersion: 178 }, async ({ simulator }) => {
      await expect(WireClient.greet({ port: simulator.port, minVersion: 187, maxVersion: 193 })).rejects.toThrow('the connection is closed');
      const [closed] = simulator.control.journal({ kind: 'client', type: 'closed' });
      expect(closed?.message).toEqual({ reason: 'no common version: the client offers 187 to 193, this server 157 to 178' });
    }));

  it('closes on bytes that are no TWS client', () =>
    withSimulator({}, async ({ simulator }) => {
      const client = await WireClient.open(simulator.port);
      client.sendBytes(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      expect(await client.closed).toBe(false);
    }));

  it('closes on clients that say nothing, in real time', () =>
    withSimulator({ speed: 60 }, async ({ simulator, clock }) => {
      const client = await WireClient.open(simulator.port);
      const other = await WireClient.greet({ port: simulator.port });
      await clock.advance(9_999);
      expect(simulator.control.state().connections).toBe(2);
      await clock.advance(1);
      expect(await client.closed).toBe(false);
      expect(await other.closed).toBe(false);
    }));

  it('ignores and notes what comes before START_API', () =>
    withSimulator({}, async ({ simulator }) => {
      const client = await WireClient.greet({ port: simulator.port });
      client.send({ type: 'reqCurrentTime' });
      client.send({ type: 'startApi', clientId: 3, optionalCapabilities: '' });
      await client.first('nextValidId');
      await client.barrier();
      expect(client.all('currentTime')).toHaveLength(1);
      expect(simulator.control.journal({ kind: 'in', type: 'ignoredBeforeStartApi' })).toHaveLength(1);
      await client.close();
    }));

  it('explains a START_API that it cannot read, and takes the next one', () =>
    withSimulator({}, async ({ simulator }) => {
      const client = await WireClient.greet({ port: simulator.port });
      client.sendBytes(Buffer.from('\0\0\0\x0771\x002\0\0\0', 'latin1'));
      expect((await client.error(320)).msg).toBe("Error reading request.-'startApi.clientId' : cause - must not be empty");
      client.send({ type: 'startApi', clientId: 3, optionalCapabilities: '' });
      await client.first('nextValidId');
      await client.close();
    }));

  it('answers 326 and closes when the client id is taken, and gives it back when its owner goes', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const owner = await connect({ clientId: 9 });
      const second = await WireClient.greet({ port: simulator.port });
      second.send({ type: 'startApi', clientId: 9, optionalCapabilities: '' });
      expect(await second.error(326)).toMatchObject({ id: -1, msg: 'Unable to connect as the client id is already in use. Retry with a unique client id.' });
      expect(await second.closed).toBe(false);
      await owner.barrier();
      await owner.close();
      await connect({ clientId: 9 });
    }));

  it('refuses more connections than it allows', () =>
    withSimulator({ maxClients: 2 }, async ({ simulator, connect }) => {
      await connect({ clientId: 1 });
      await connect({ clientId: 2 });
      const third = await WireClient.open(simulator.port);
      await third.closed;
      expect(simulator.control.state().connections).toBe(2);
    }));

  it('cuts a client that leaves too much unread, and only that one', () =>
    withSimulator({ maxPendingBytes: 64 * 1024 }, async ({ simulator, connect }) => {
      const slow = await connect({ clientId: 1 });
      const other = await connect({ clientId: 2 });
      slow.pause();
      const closed = async (): Promise<boolean> => {
        await other.barrier();
        return simulator.control.journal({ kind: 'client', type: 'closed' }).length > 0;
      };
      while (!(await closed())) {
        for (let count = 0; count < 200; count += 1) slow.send({ type: 'reqMatchingSymbols', reqId: count, pattern: 'A' });
      }
      expect(simulator.control.journal({ kind: 'client', type: 'closed' })[0]).toMatchObject({
        clientId: 1,
        message: { reason: 'the client left more than 65536 bytes unread' },
      });
      await other.barrier();
    }));
});

describe('clients that send too fast', () => {
  it('get 100 and are closed at the third when pacing is strict', () =>
    withSimulator({ pacing: 'strict', messagesPerSecond: 10 }, async ({ connect }) => {
      const client = await connect();
      for (let count = 0; count < 20; count += 1) client.send({ type: 'reqCurrentTime' });
      expect(await client.closed).toBe(false);
      expect(client.all('currentTime')).toHaveLength(10);
      expect(client.all('errMsg').filter(({ code }) => code === 100).map(({ msg }) => msg)).toEqual([
        'Max rate of messages per second has been exceeded:max=10 rec=11 (1)',
        'Max rate of messages per second has been exceeded:max=10 rec=12 (2)',
        'Max rate of messages per second has been exceeded:max=10 rec=13 (3)',
      ]);
    }));

  it('wait when they are paced', () =>
    withSimulator({ pacing: 'pace', messagesPerSecond: 10 }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      for (let count = 0; count < 25; count += 1) client.send({ type: 'reqIds', count: 1 });
      const received = (): number => simulator.control.state().clients[0]?.received ?? 0;
      const turn = async (): Promise<void> => {
        await (await WireClient.greet({ port: simulator.port })).close();
      };
      while (received() < 10) await turn();
      for (let seconds = 0; received() < 25; seconds += 1) {
        await turn();
        const before = received();
        await clock.advance(1_000);
        expect(received() - before).toBeLessThanOrEqual(10);
        expect(seconds).toBeLessThan(25);
      }
      await client.first('nextValidId', () => client.all('nextValidId').length === 26);
    }));
});

describe('requests that make no sense', () => {
  it('explains what is malformed (320) and unknown (505), and lives on', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect();
      const frame = (...fields: string[]): Buffer => {
        const payload = Buffer.from(fields.map((field) => `${field}\0`).join(''), 'latin1');
        const length = Buffer.alloc(4);
        length.writeUInt32BE(payload.length);
        return Buffer.concat([length, payload]);
      };
      client.sendBytes(frame('1', '11', '17', 'not a conId'));
      expect(await client.error(320)).toMatchObject({ id: 17 });
      client.sendBytes(frame('4711', '1', '2'));
      expect((await client.error(505)).msg).toContain('Unknown message id: 4711');
      client.sendBytes(frame(''));
      client.sendBytes(frame());
      await client.barrier();
      // The journal does not keep rubbish by the megabyte.
      client.sendBytes(frame('4712', 'x'.repeat(5_000), ...Array.from({ length: 1_000 }, () => 'y')));
      await client.barrier();
      const kept = simulator.control.journal({ kind: 'in', type: 'unreadable' }).at(-1)?.message;
      expect(kept).toMatchObject({ messageId: 4712 });
      expect(JSON.stringify(kept).length).toBeLessThan(3_000);
      expect(JSON.stringify(kept)).toContain('... (1002 fields)');
    }));
});
