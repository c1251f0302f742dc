import type { JSX } from 'preact';
import type { Live } from '../data/live.js';
import { figure, plain } from '../ui/format.js';
import { Nothing, Panel } from '../ui/panel.js';

const TAGS = [['NetLiquidation', 'Net liquidation'], ['TotalCashValue', 'Cash'], ['BuyingPower', 'Buying power'], ['AvailableFunds', 'Available funds'], ['ExcessLiquidity', 'Excess liquidity']] as const;

function tone(value: string | undefined): string {
  const number = Number(value ?? 0);
  return number > 0 ? 'gain' : number < 0 ? 'loss' : '';
}

function Pnl({ name, value }: { readonly name: string; readonly value: string | undefined }): JSX.Element {
  return <div class="big"><span class="muted">{name}</span><strong class={tone(value)}>{figure(value, { digits: 2, sign: true })}</strong></div>;
}

/** Profit and loss, and the main values, of each account. */
export function AccountPanel({ live }: { readonly live: Live }): JSX.Element {
  const accounts = [...live.pnl.value];
  const stale = accounts.map(([, view]) => view.value.stale).find((reason) => reason !== undefined);
  return (
    <Panel id="account" title="Account" stale={stale}>
      {accounts.length === 0 ? <Nothing>No account is known yet.</Nothing> : accounts.map(([account, view]) => {
        const pnl = view.value.data;
        const values = live.values.value.get(account)?.value.data?.values ?? [];
        return (
          <div key={account} class="account">
            <h3>{plain(account)}</h3>
            <div class="bigs">
              <Pnl name="Today" value={pnl?.dailyPnl} />
              <Pnl name="Unrealised" value={pnl?.unrealizedPnl} />
              <Pnl name="Realised" value={pnl?.realizedPnl} />
            </div>
            <dl>
              {TAGS.map(([tag, name]) => {
                const found = values.find((value) => value.tag === tag);
                return found === undefined ? null : <><dt>{name}</dt><dd class="number">{figure(found.value, { digits: 2 })} {plain(found.currency ?? '')}</dd></>;
              })}
            </dl>
          </div>
        );
      })}
    </Panel>
  );
}
