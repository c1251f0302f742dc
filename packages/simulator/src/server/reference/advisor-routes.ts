import type { ClientSession } from '../client-session.js';
import { route } from '../route.js';
import type { Route } from '../route.js';
import type { RouteContext } from '../route-context.js';

/** TWS API: what an advisor's data is about; 2 was profiles, which are gone. */
const GROUPS = 1;
const PROFILES = 2;
const ALIASES = 3;
const LONGEST_XML = 1_000_000;
const HEADER = '<?xml version="1.0" encoding="UTF-8"?>';
const ROOTS: ReadonlyMap<number, string> = new Map([
  [GROUPS, 'ListOfGroups'],
  [ALIASES, 'ListOfAccountAliases'],
]);

function defaultGroups(accounts: readonly string[]): string {
  const list = accounts.map((account) => `<String>${account}</String>`).join('');
  return `${HEADER}<ListOfGroups><Group><name>All_Accounts</name><defaultMethod>Equal</defaultMethod><ListOfAccts varName="list">${list}</ListOfAccts></Group></ListOfGroups>`;
}

function defaultAliases(accounts: readonly string[]): string {
  const list = accounts.map((account) => `<AccountAlias><account>${account}</account><alias>${account}</alias></AccountAlias>`).join('');
  return `${HEADER}<ListOfAccountAliases>${list}</ListOfAccountAliases>`;
}

/** The accounts that the XML names. */
function accountsIn(xml: string): readonly string[] {
  return [...xml.matchAll(/<(?:String|account|acct)>([^<]*)<\/(?:String|account|acct)>/g)].map(([, account = '']) => account);
}

/** What is wrong with new groups or aliases. */
function objection(xml: string, root: string, accounts: readonly string[]): readonly [code: number, text: string] | undefined {
  if (xml.length > LONGEST_XML || !new RegExp(`^(<\\?xml[^>]*>)?\\s*<${root}[\\s/>]`).test(xml.trim()) || !(xml.includes(`</${root}>`) || xml.includes(`<${root}/>`))) {
    return [321, `Error validating request.-'replaceFA' : cause - Invalid XML, must be one ${root} element`];
  }
  return accountsIn(xml).every((account) => accounts.includes(account)) ? undefined : [10231, 'Group or alias contains invalid accounts.'];
}

/** The advisor's part of a login. An advisor's accounts begin with DF (or F); without one TWS refuses these requests. */
export function advisorRoutes({ brokerage }: RouteContext): readonly Route[] {
  const { accounts } = brokerage;
  const isAdvisor = accounts.some((account) => /^D?F/.test(account));
  const documents = new Map([
    [GROUPS, defaultGroups(accounts)],
    [ALIASES, defaultAliases(accounts)],
  ]);
  /** Whether the request can be answered; otherwise the client is told. */
  const permits = (session: ClientSession, id: number, type: string, faDataType: number): boolean => {
    if (!isAdvisor) session.sendError(id, 321, `Error validating request.-'${type}' : cause - FA data operations ignored for non FA customers.`);
    else if (faDataType === PROFILES) session.sendError(id, 585, 'FA Profile is not supported anymore, use FA Group instead.');
    else if (!documents.has(faDataType)) session.sendError(id, 321, `Error validating request.-'${type}' : cause - Invalid FA data type ${faDataType}, must be 1 (groups) or 3 (aliases)`);
    return isAdvisor && documents.has(faDataType);
  };
  return [
    route('requestFA', (session, { type, faDataType }) => {
      if (permits(session, -1, type, faDataType)) session.send({ type: 'receiveFA', faDataType, xml: documents.get(faDataType) ?? '' });
    }),
    route('replaceFA', (session, { type, faDataType, xml, reqId }) => {
      if (!permits(session, reqId, type, faDataType)) return;
      const wrong = objection(xml, ROOTS.get(faDataType) ?? '', accounts);
      if (wrong !== undefined) {
        session.sendError(reqId, ...wrong);
        return;
      }
      documents.set(faDataType, xml);
      session.send({ type: 'replaceFAEnd', reqId, text: 'success' });
    }),
    // TWS API: one row per account; accounts that belong to no family have an empty code.
    route('reqFamilyCodes', (session) => {
      session.send({ type: 'familyCodes', familyCodes: accounts.map((accountID) => ({ accountID, familyCode: '' })) });
    }),
    // TWS API: none, unless the broker has agreed on some.
    route('reqSoftDollarTiers', (session, { reqId }) => {
      session.send({ type: 'softDollarTiers', reqId, tiers: [] });
    }),
    // TWS API: the id of a reseller, empty for customers of the broker itself.
    route('reqUserInfo', (session, { reqId }) => {
      session.send({ type: 'userInfo', reqId, whiteBrandingId: '' });
    }),
  ];
}
