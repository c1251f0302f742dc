/** TWS API: live accounts are U and digits, paper ones DU, advisors F, DF and I; some have a third letter. */
const ACCOUNT = /\bD?[UFI][A-Z]?\d{4,12}\b/gu;
const CONTROL = /\p{Cc}+/gu;
const MOST = 1000;

function masked(account: string): string {
  return `${account.slice(0, 2)}***${account.slice(-3)}`;
}

/** A text that may be shown and logged: without accounts and control characters, and of a sane length. @param accounts those that are known, however they look */
export function discreetText(text: string, accounts: readonly string[]): string {
  let shown = text.replaceAll(CONTROL, ' ').slice(0, MOST);
  for (const account of accounts) if (account.length > 4) shown = shown.replaceAll(account, masked(account));
  return shown.replaceAll(ACCOUNT, masked);
}
