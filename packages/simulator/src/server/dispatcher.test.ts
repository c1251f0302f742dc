import { encodeFields, encodeFrame } from '@ibkit/wire';
import { expect, it } from 'vitest';
import { withSimulator } from '../testing/with-simulator.js';

it('refuses texts with control characters, which could not be repeated to any client', () =>
  withSimulator({}, async ({ simulator, connect }) => {
    const client = await connect();
    client.sendBytes(encodeFrame(encodeFields(['76', '1', '7', '', '\r\n', '0'])));
    const { msg } = await client.error(320, 7);
    expect(msg).toBe("Error reading request.-'reqAccountUpdatesMulti.modelCode' : cause - must be a text without control characters");
    client.sendBytes(encodeFrame(encodeFields(['76', '1', '8', '', '', '0'])));
    await client.first('accountUpdateMultiEnd', ({ reqId }) => reqId === 8);
    expect(simulator.control.journal({ kind: 'fault' })).toEqual([]);
  }));

it('names the place of a text deep in a request', () =>
  withSimulator({}, async ({ connect }) => {
    const client = await connect();
    // reqContractDetails: version 8, request id, contract id, symbol with a bell.
    client.sendBytes(encodeFrame(encodeFields(['9', '8', '3', '0', 'AA\u0007PL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', '', '0', '', '', ''])));
    const { msg } = await client.error(320, 3);
    expect(msg).toContain("'reqContractDetails.contract.symbol'");
  }));

it('takes documents with several lines', () =>
  withSimulator({}, async ({ connect }) => {
    const client = await connect();
    client.send({ type: 'replaceFA', reqId: 4, faDataType: 1, xml: '<a>\n\t<b/>\r\n</a>' });
    const { msg } = await client.first('errMsg', ({ id }) => id === 4);
    expect(msg).not.toContain('control characters');
  }));
