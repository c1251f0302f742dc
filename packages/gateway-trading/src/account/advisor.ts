import { AccountError } from '@ibkit/error-codes';

/** One account of an advisor's group. */
export interface AdvisorGroupMember {
  readonly account: string;
  /** Its share, where the method gives each account one of its own: a percentage, a ratio, a number of units or an amount. */
  readonly amount?: number | undefined;
}

/** A group of an advisor: orders for it are divided among its accounts. */
export interface AdvisorGroup {
  readonly name: string;
  /** How orders are divided, in the broker's words: `Equal`, `NetLiq`, `AvailableEquity`, `Percent`, ... Absent when the broker gave none. */
  readonly method?: string | undefined;
  readonly members: readonly AdvisorGroupMember[];
}

/** The name that an advisor gave to an account. */
export interface AccountAlias {
  readonly account: string;
  readonly alias: string;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function plain(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/giu, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (name === undefined) return code >= 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    return ENTITIES.get(name) ?? whole;
  }).trim();
}

/** The contents of every element with a name, in order. */
function elements(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'gu'))].map(([, content = '']) => content);
}

function first(xml: string, name: string): string | undefined {
  const [content] = elements(xml, name);
  return content === undefined ? undefined : plain(content);
}

/** Answers that are not what was asked for say nothing; they are no empty lists. */
function checkRoot(xml: string, root: string): void {
  if (new RegExp(`<${root}(?:\\s[^>]*)?(?:/>|>[\\s\\S]*</${root}>)`, 'u').test(xml)) return;
  throw new AccountError({ code: 'IBKR_ACCOUNT_ADVISOR_UNREADABLE', message: `The broker's answer has no ${root}: nothing is known about the advisor's accounts`, details: { root, length: xml.length } });
}

function membersOf(group: string): readonly AdvisorGroupMember[] {
  const [list = ''] = elements(group, 'ListOfAccts');
  const bare = elements(list, 'String').map((account) => ({ account: plain(account) }));
  const shares = elements(list, 'Account').map((entry): AdvisorGroupMember => {
    const amount = Number(first(entry, 'amount') ?? Number.NaN);
    const account = first(entry, 'acct') ?? '';
    return Number.isFinite(amount) ? { account, amount } : { account };
  });
  return [...bare, ...shares].filter(({ account }) => account !== '');
}

/** Reads the groups of an advisor (TWS API: receiveFA, type 1). @throws AccountError `IBKR_ACCOUNT_ADVISOR_UNREADABLE` */
export function readAdvisorGroups(xml: string): readonly AdvisorGroup[] {
  checkRoot(xml, 'ListOfGroups');
  return elements(xml, 'Group').map((group) => {
    const method = first(group, 'defaultMethod');
    return { name: first(group, 'name') ?? '', ...(method === undefined ? {} : { method }), members: membersOf(group) };
  });
}

/** Reads the aliases of an advisor's accounts (TWS API: receiveFA, type 3). @throws AccountError `IBKR_ACCOUNT_ADVISOR_UNREADABLE` */
export function readAccountAliases(xml: string): readonly AccountAlias[] {
  checkRoot(xml, 'ListOfAccountAliases');
  return elements(xml, 'AccountAlias').map((entry) => ({ account: first(entry, 'account') ?? '', alias: first(entry, 'alias') ?? '' }));
}
