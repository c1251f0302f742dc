import type { ServerMessage } from '@ibkit/wire';
import { afterEach, expect, it } from 'vitest';
import { answerOf, diagnosing } from '../testing/diagnosing.js';
import { Loopback } from '../testing/loopback.js';
import type { Probe } from './diagnosis.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

type Said = (reqId: number) => ServerMessage;
type Answer = readonly Said[];

const type = (marketDataType: number): Said => (reqId) => ({ type: 'marketDataType', reqId, marketDataType });
const price = (tickType: number, value: number): Said => (reqId) => ({ type: 'tickPrice', reqId, tickType, price: value, size: 1, attrMask: 0 });
const notice = (code: number): Said => (reqId) => ({ type: 'errMsg', id: reqId, code, msg: 'as the gateway says it' });

/** What a diagnosis makes of a gateway that answers one request for a quote after the other like this. */
async function quoted(...answers: readonly Answer[]): Promise<Probe> {
  const gateway = await loopback.gateway();
  const { result, clock } = diagnosing({ port: gateway.port, samples: 1, quote: { conId: 265598, exchange: 'SMART' } });
  const client = await gateway.next();
  for (let asked = 0; asked < 2; asked += 1) {
    await client.next('reqCurrentTime');
    client.send({ type: 'currentTime', time: Math.floor(clock.now() / 1_000) });
  }
  await client.next('reqIds');
  client.send({ type: 'nextValidId', orderId: 42 });
  for (const answer of answers) {
    const { reqId } = await client.next('reqMktData');
    client.send(...answer.map((message) => message(reqId)));
  }
  return answerOf(await result, 'marketData');
}

it.each<readonly [string, readonly Answer[], object]>([
  ['live', [[type(1), price(1, 200)]], { status: 'ok', facts: { symbol: '265598', dataType: 'live' } }],
  ['live without a word about its type', [[price(2, 200)]], { status: 'ok', facts: { dataType: 'live' } }],
  ['live behind notices that are none of its business', [[notice(10_090), notice(2_152), notice(999_999), price(-1, 5), price(1, -1), price(1, 0), price(4, 200)]], { status: 'ok', facts: { dataType: 'live' } }],
  ['frozen', [[type(2), price(4, 200)]], { status: 'ok', facts: { dataType: 'frozen' } }],
  ['delayed after a refusal', [[notice(354)], [notice(10_167), type(3), price(68, 200)]], { code: 'IBKR_DOCTOR_DELAYED_DATA', facts: { dataType: 'delayed', brokerCode: 354 } }],
  ['delayed-frozen', [[notice(10_168)], [type(4), price(66, 200)]], { code: 'IBKR_DOCTOR_DELAYED_DATA', facts: { dataType: 'delayed-frozen', brokerCode: 10_168 } }],
  ['delayed without asking', [[type(3), price(67, 200)]], { code: 'IBKR_DOCTOR_DELAYED_DATA', facts: { dataType: 'delayed' } }],
  ['none of either', [[notice(10_186)], [notice(10_186)]], { code: 'IBKR_DOCTOR_NO_MARKET_DATA', facts: { brokerCode: 10_186 } }],
  ['elsewhere, once delayed data was asked for', [[notice(10_089)], [notice(10_197)]], { code: 'IBKR_DOCTOR_COMPETING_SESSION', facts: { brokerCode: 10_197 } }],
  ['none, when only the close of the day before comes', [[type(1), price(9, 200), price(75, 200), notice(200)]], { code: 'IBKR_DOCTOR_QUOTE_REFUSED' }],
  ['refused for another reason', [[notice(200)]], { code: 'IBKR_DOCTOR_QUOTE_REFUSED', facts: { brokerCode: 200 } }],
])('takes a quote for %s', async (_, answers, expected) => {
  expect(await quoted(...answers)).toMatchObject(expected);
});
