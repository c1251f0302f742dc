/*
 * When TWS and IB Gateway are away by their own doing. Readings of a clock on the wall of `timeZone`; the one source of every default about it.
 */

/** The minute at which they restart by themselves unless their settings name another, keeping their login, and how long that may take. */
export const DAILY_RESTART = Object.freeze({ timeZone: 'America/New_York', at: '23:55', forMinutes: 10 } as const);

/**
 * When the logins of the week end (IBKR's guide to TWS API, auto restart: tokens are invalid from Sunday 01:00 Eastern time on): a gateway that starts after
 * it waits for a person, who has an hour.
 */
export const WEEKLY_LOGIN = Object.freeze({ timeZone: 'America/New_York', day: 'sun', at: '01:00', forMinutes: 60 } as const);
