import { describe, expect, it } from 'vitest';
import { DEFAULT_TRADING } from '../options.js';
import { readyRig } from '../testing/rig.js';
import { readAccountAliases, readAdvisorGroups } from './advisor.js';

const GROUPS = `<?xml version="1.0" encoding="UTF-8"?>
<ListOfGroups>
  <Group>
    <name>Family &amp; friends</name>
    <ListOfAccts varName="list"><String>DU1</String><String>DU2</String></ListOfAccts>
    <defaultMethod>Equal</defaultMethod>
  </Group>
  <Group>
    <name>Shares</name>
    <ListOfAccts varName="list"><Account><acct>DU1</acct><amount>60.5</amount></Account><Account><acct>DU2</acct><amount>39.5</amount></Account></ListOfAccts>
    <defaultMethod>Percent</defaultMethod>
  </Group>
  <Group><name>Empty</name><ListOfAccts varName="list"></ListOfAccts></Group>
</ListOfGroups>`;

describe('an advisor', () => {
  it('has groups with their method and their accounts', () => {
    expect(readAdvisorGroups(GROUPS)).toEqual([
      { name: 'Family & friends', method: 'Equal', members: [{ account: 'DU1' }, { account: 'DU2' }] },
      { name: 'Shares', method: 'Percent', members: [{ account: 'DU1', amount: 60.5 }, { account: 'DU2', amount: 39.5 }] },
      { name: 'Empty', members: [] },
    ]);
    expect(readAdvisorGroups('<ListOfGroups/>')).toEqual([]);
    expect(readAccountAliases('<ListOfAccountAliases><AccountAlias><account>DU1</account><alias>Mum &#38; Dad</alias></AccountAlias></ListOfAccountAliases>')).toEqual([
      { account: 'DU1', alias: 'Mum & Dad' },
    ]);
  });

  it.each(['', 'nonsense', '<ListOfAccountAliases></ListOfAccountAliases>', '<ListOfGroups><Group><name>cut'])('has no empty list of groups because the answer is %j', (xml) => {
    expect(() => readAdvisorGroups(xml)).toThrow('nothing is known about the advisor');
  });

  it('is asked for the groups once the session shows that there is one', async () => {
    const { connection, trading, settle } = await readyRig();
    await expect(trading.advisorGroups()).rejects.toMatchObject({ code: 'IBKR_ACCOUNT_NOT_ADVISOR' });
    expect(connection.sent.some(({ type }) => type === 'requestFA')).toBe(false);
    connection.accounts = ['DF1', 'DU1', 'DU2'];
    const groups = trading.advisorGroups();
    await settle();
    connection.emit({ type: 'receiveFA', faDataType: 3, xml: 'not this one' });
    connection.emit({ type: 'receiveFA', faDataType: 1, xml: GROUPS });
    expect(await groups).toHaveLength(3);
    const aliases = trading.accountAliases().catch((error: unknown) => error);
    await settle();
    connection.emit({ type: 'errMsg', id: -1, code: 321, msg: "Error validating request.-'requestFA' : cause - FA data operations ignored for non FA customers." });
    expect(await aliases).toMatchObject({ brokerCode: 321 });
    const unanswered = trading.advisorGroups().catch((error: unknown) => error);
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs);
    expect(await unanswered).toMatchObject({ code: 'IBKR_TIMEOUT' });
    await trading.close();
  });
});
