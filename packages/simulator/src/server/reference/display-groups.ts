import type { InstrumentUniverse } from '../../market/instrument.js';
import type { ClientSession } from '../client-session.js';
import { route } from '../route.js';
import type { Route } from '../route.js';
import type { RouteContext } from '../route-context.js';

/** The groups that windows can be linked by. */
const GROUPS = [1, 2, 3, 4, 5, 6, 7] as const;
const NOTHING = 'none';
const COMBO = 'combo';

interface Subscriber {
  readonly group: number;
  readonly tell: (contractInfo: string) => void;
}

/** TWS API: `none`, `combo`, or `conId` with an exchange behind an `@`. */
function isContractInfo(universe: InstrumentUniverse, info: string): boolean {
  if (info === NOTHING || info === COMBO) return true;
  const [conId, exchange = ''] = info.split('@');
  return /^\d{1,10}$/.test(conId ?? '') && universe.find({ conId: Number(conId), exchange }).length === 1;
}

/** The display groups: every client sees the same ones, and each change by any client. */
class DisplayGroups {
  readonly #shown = new Map<number, string>();
  readonly #subscribers = new Map<string, Subscriber>();

  subscribe(session: ClientSession, reqId: number, group: number): void {
    const key = `${session.clientId} ${reqId}`;
    session.hold('displayGroups', reqId, () => this.#subscribers.delete(key));
    const tell = (contractInfo: string): void => {
      session.send({ type: 'displayGroupUpdated', reqId, contractInfo });
    };
    this.#subscribers.set(key, { group, tell });
    tell(this.#shown.get(group) ?? NOTHING);
  }

  update(session: ClientSession, reqId: number, contractInfo: string): void {
    const group = this.#subscribers.get(`${session.clientId} ${reqId}`)?.group;
    if (group === undefined) return;
    this.#shown.set(group, contractInfo);
    for (const subscriber of this.#subscribers.values()) if (subscriber.group === group) subscriber.tell(contractInfo);
  }
}

function refuse(session: ClientSession, reqId: number, type: string, cause: string): void {
  session.sendError(reqId, 321, `Error validating request.-'${type}' : cause - ${cause}`);
}

/** The groups of linked windows, which only remember what they are told to show. */
export function displayGroupRoutes({ market }: RouteContext): readonly Route[] {
  const groups = new DisplayGroups();
  return [
    route('queryDisplayGroups', (session, { reqId }) => {
      session.send({ type: 'displayGroupList', reqId, groups: GROUPS.join('|') });
    }),
    route('subscribeToGroupEvents', (session, { type, reqId, groupId }) => {
      if (GROUPS.some((group) => group === groupId)) groups.subscribe(session, reqId, groupId);
      else refuse(session, reqId, type, `There is no display group ${groupId}, use one of ${GROUPS.join(', ')}`);
    }),
    route('updateDisplayGroup', (session, { type, reqId, contractInfo }) => {
      if (!session.holds('displayGroups', reqId)) refuse(session, reqId, type, 'Subscribe to the display group with this id first');
      else if (!isContractInfo(market.universe, contractInfo)) refuse(session, reqId, type, 'Invalid contract, must be none, combo or a conId with @ and an exchange');
      else groups.update(session, reqId, contractInfo);
    }),
    route('unsubscribeFromGroupEvents', (session, { type, reqId }) => {
      if (!session.release('displayGroups', reqId)) refuse(session, reqId, type, 'Not subscribed to a display group with this id');
    }),
  ];
}
