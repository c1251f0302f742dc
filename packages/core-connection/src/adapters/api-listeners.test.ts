import { EventName } from '@stoqey/ib';
import type { IBApi } from '@stoqey/ib';
import { createTextCodec } from '@ibkit/wire';
import type { ServerMessage } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { Ours, Untouched } from '../testing/api-twins.js';

const codec = createTextCodec({ serverVersion: 193 });

function ask(bid: number): ServerMessage {
  return { type: 'tickPrice', reqId: 1, tickType: 2, price: bid, size: 7, attrMask: 1 };
}

/** What a scenario writes down on the untouched library and on ours, for the same messages. */
function both(scenario: (api: IBApi, log: unknown[]) => void, ...messages: readonly ServerMessage[]): { readonly theirs: unknown[]; readonly ours: unknown[] } {
  const run = (side: Untouched | Ours): unknown[] => {
    const log: unknown[] = [];
    scenario(side instanceof Ours ? side.face.api : side.api, log);
    for (const message of messages) side.feed(codec.encodeServer(message).subarray(4));
    return log;
  };
  return { theirs: run(new Untouched(193)), ours: run(new Ours(193)) };
}

describe('listeners of api', () => {
  it('may come in the middle of a message', () => {
    const { theirs, ours } = both(
      (api, log) => {
        api.once(EventName.tickPrice, () => {
          api.on(EventName.tickSize, (...args) => log.push('size', ...args));
          api.on(EventName.all, (name) => log.push('all', name));
        });
      },
      ask(10),
      ask(11),
    );
    expect(ours).toEqual(theirs);
    expect(ours.slice(0, 3)).toEqual(['all', 'tickPrice', 'size']);
  });

  it('may go in the middle of a message', () => {
    const { theirs, ours } = both(
      (api, log) => {
        const size = (...args: unknown[]): void => void log.push('size', ...args);
        const price = (...args: unknown[]): void => {
          log.push('price', ...args);
          api.off(EventName.tickSize, size).off(EventName.tickPrice, price);
        };
        api.on(EventName.tickSize, size).on(EventName.tickPrice, price);
        api.on(EventName.positionEnd, () => api.removeAllListeners());
      },
      ask(10),
      ask(11),
      { type: 'positionEnd' },
      ask(12),
    );
    expect(ours).toEqual(theirs);
    expect(ours).toEqual(['price', 1, 2, 10, true]);
  });

  it('are called with the api, or with their own context', () => {
    const { theirs, ours } = both(
      (api, log) => {
        const context = { own: true };
        const listener = function (this: unknown): void {
          log.push(this === api ? 'api' : this === context ? 'context' : 'other');
        };
        Reflect.apply(Reflect.get(api, 'on'), api, [EventName.tickPrice, listener]);
        Reflect.apply(Reflect.get(api, 'on'), api, [EventName.tickSize, listener, context]);
      },
      ask(10),
    );
    expect(ours).toEqual(theirs);
    expect(ours).toEqual(['api', 'context']);
  });

  it('include whoever replaces emit', () => {
    const ours = new Ours(193);
    ours.face.api.emit = (): never => {
      throw new Error('nobody listens');
    };
    expect(() => {
      ours.feed(codec.encodeServer(ask(1)).subarray(4));
    }).toThrow('nobody listens');
    const silent = new Ours(193);
    silent.feed(codec.encodeServer(ask(1)).subarray(4));
    expect(silent.hot).toBe(1);
  });
});
