import { describe, expect, it } from 'vitest';
import type { SimulatorFault } from './catalogue.js';
import { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';

/** As if it came from a program without types. */
function isTaken(fault: unknown): fault is SimulatorFault {
  return fault !== failure;
}

function failure(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('faults of connections', () => {
  it('drop cuts by RST or by FIN, all or one', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const one = await connect({ clientId: 1 });
      const two = await connect({ clientId: 2 });
      simulator.control.inject({ type: 'drop', clientId: 1 });
      expect(await one.closed).toBe(true);
      await two.barrier();
      simulator.control.inject({ type: 'drop', how: 'fin' });
      expect(await two.closed).toBe(false);
      expect(simulator.control.state().faults).toEqual([]);
    }));

  it('drop by RST after a message loses what was answered in the same turn', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const client = await connect();
      simulator.control.inject({ type: 'drop', after: { message: 'reqIds', count: 2 } });
      expect(simulator.control.state().faults).toMatchObject([{ status: 'waiting' }]);
      client.send({ type: 'reqIds', count: 1 });
      await client.barrier();
      client.send({ type: 'reqIds', count: 1 });
      expect(await client.closed).toBe(true);
      expect(client.all('nextValidId')).toHaveLength(2);
      expect(simulator.control.journal({ kind: 'out', type: 'nextValidId' })).toHaveLength(3);
    }));

  it('refuse closes the port for a while and lets the clients be', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      simulator.control.inject({ type: 'refuse', after: 1_000, for: 500 });
      await (await WireClient.ready({ port: simulator.port, clientId: 2 })).close();
      await clock.advance(1_000);
      await expect(WireClient.open(simulator.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await client.barrier();
      await clock.advance(500);
      await simulator.control.listen();
      await (await WireClient.ready({ port: simulator.port, clientId: 2 })).close();
    }));

  it('two faults that close the port keep it closed until both are over', () =>
    withSimulator({}, async ({ simulator }) => {
      const first = simulator.control.inject({ type: 'refuse' });
      const second = simulator.control.inject({ type: 'refuse' });
      first();
      await simulator.control.listen();
      expect(simulator.control.state().listening).toBe(false);
      second();
      await simulator.control.listen();
      expect(simulator.control.state().listening).toBe(true);
    }));

  it('mute-accept and mute-ready say nothing, and mute-ready goes on when it ends', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const witness = await connect({ clientId: 9 });
      const endAccept = simulator.control.inject({ type: 'mute-accept' });
      const silent = await WireClient.open(simulator.port);
      endAccept();
      simulator.control.inject({ type: 'mute-ready' });
      const waiting = await WireClient.greet({ port: simulator.port });
      waiting.send({ type: 'startApi', clientId: 3 });
      waiting.send({ type: 'reqIds' });
      while (simulator.control.journal({ type: 'ignoredBeforeReady' }).length === 0) await witness.barrier();
      expect([silent.bytesIn, waiting.messages.length]).toEqual([0, 0]);
      expect(simulator.control.clearFaults()).toBe(1);
      await waiting.first('nextValidId');
      await Promise.all([silent.close(), waiting.close()]);
    }));

  it('id-in-use answers 326 and closes, for one id or for all', () =>
    withSimulator({}, async ({ simulator }) => {
      simulator.control.inject({ type: 'id-in-use', for: 5_000 });
      const client = await WireClient.greet({ port: simulator.port });
      client.send({ type: 'startApi', clientId: 3 });
      await client.error(326, -1);
      expect(await client.closed).toBe(false);
      simulator.control.clearFaults('id-in-use');
      simulator.control.inject({ type: 'id-in-use', clientId: 3 });
      await (await WireClient.ready({ port: simulator.port, clientId: 4 })).close();
    }));
});

describe('any fault', () => {
  it('is named by an id and can be given up before it begins', () =>
    withSimulator({}, async ({ simulator, clock, connect }) => {
      const client = await connect();
      const { control } = simulator;
      const first = control.inject({ type: 'notice', code: 1100, after: 1_000 });
      const second = control.inject({ type: 'notice', code: 1101, after: { messages: 100 } });
      expect(control.state().faults.map(({ id, status }) => [id, status])).toEqual([
        [first.id, 'waiting'],
        [second.id, 'waiting'],
      ]);
      expect(control.endFaults({ id: first.id })).toBe(1);
      second();
      second();
      await clock.advance(10_000);
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code < 2_000)).toEqual([]);
      expect(control.state().faults).toEqual([]);
    }));

  it('begins after a message to a client, and after clients that come and go', () =>
    withSimulator({}, async ({ simulator, connect }) => {
      const { control } = simulator;
      control.inject({ type: 'notice', code: 2110, after: { client: 'ready', count: 2 } });
      control.inject({ type: 'notice', code: 1101, after: { client: 'closed', clientId: 1 } });
      control.inject({ type: 'notice', code: 1102, after: { message: 'currentTime', clientId: 2 } });
      const one = await connect({ clientId: 1 });
      const two = await connect({ clientId: 2 });
      await two.error(2110);
      await one.error(2110);
      two.send({ type: 'reqCurrentTime' });
      await two.error(1102);
      await one.close();
      expect(await two.error(1101)).toMatchObject({ id: -1 });
    }));

  it.each<[unknown, string, string]>([
    [undefined, 'fault', 'must be an object'],
    [{ type: 'dorp' }, 'type', 'must be one of accounts-shown, black-hole, clock-skew'],
    [{ type: 'drop', how: 'hard' }, 'how', 'must be one of rst, fin'],
    [{ type: 'drop', hwo: 'rst' }, 'hwo', 'must not be given'],
    [{ type: 'drop', clientId: -1 }, 'clientId', 'must be a whole number from 0'],
    [{ type: 'notice' }, 'code', 'must be a whole number'],
    [{ type: 'refuse', for: 'ever' }, 'for', 'must be a number from 0'],
    [{ type: 'refuse', after: -1 }, 'after', 'must be a number from 0'],
    [{ type: 'refuse', after: { message: 'placeorder' } }, 'after.message', 'must be the type of a request or an answer'],
    [{ type: 'corrupt', message: 'tickprice' }, 'message', 'must be the type of an answer'],
    [{ type: 'truncate', message: 'placeOrder' }, 'message', 'must be the type of an answer'],
    [{ type: 'notice', code: 201, request: 'openOrder' }, 'request', 'must be the type of a request'],
    [{ type: 'lose-order', request: 'placeorder' }, 'request', 'must be the type of a request'],
    [{ type: 'read-only', requests: ['placeOrder', 'orders'] }, 'requests[1]', 'must be the type of a request'],
    [{ type: 'refuse', after: {} }, 'after', 'must have messages, message or client'],
    [{ type: 'refuse', after: { message: 'placeOrder', count: 0 } }, 'after.count', 'must be a whole number from 1'],
    [{ type: 'refuse', after: { client: 'gone' } }, 'after.client', 'must be one of accepted, ready, closed'],
    [{ type: 'read-only', requests: ['placeOrder', 7] }, 'requests[1]', 'must be the type of a request'],
    [{ type: 'unknown-id', fields: ['a\0b'] }, 'fields[0]', 'must be a text of up to 1000 printable ASCII'],
  ])('that is wrong is refused: %j', (fault, field, rule) =>
    withSimulator({}, ({ simulator }) => {
      const error = failure(() => {
        if (isTaken(fault)) simulator.control.inject(fault);
      });
      expect(error).toMatchObject({ name: 'UsageError', details: { field } });
      expect(String(error)).toContain(rule);
      expect(simulator.control.state().faults).toEqual([]);
      return Promise.resolve();
    }),
  );
});
