import type { ApiOrder } from '@ibkit/api-contract';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';

const EXIT_BY_STATUS: Readonly<Partial<Record<ApiOrder['status'], ExitCode>>> = {
  filled: EXIT.ok,
  cancelled: EXIT.rejected,
  rejected: EXIT.rejected,
  expired: EXIT.rejected,
  absent: EXIT.rejected,
  unsent: EXIT.refused,
};

/** The exit code of a placement: that of its entry; a bracket's exits wait by nature. */
export function exitCodeOfOrders(orders: readonly ApiOrder[]): ExitCode {
  const codes = orders.filter(({ bracket }) => bracket === undefined || bracket.role === 'entry').map(({ status }) => EXIT_BY_STATUS[status] ?? EXIT.pending);
  return codes.find((code) => code === EXIT.pending) ?? codes.find((code) => code !== EXIT.ok) ?? (codes.length === 0 ? EXIT.pending : EXIT.ok);
}

/** The exit code of a cancel: done, too late or refused, or not told yet. */
export function exitCodeOfCancel({ status, ended, cancel }: ApiOrder): ExitCode {
  if (status === 'unsent') return EXIT.refused;
  if (ended) return status === 'cancelled' ? EXIT.ok : EXIT.rejected;
  return cancel === 'refused' ? EXIT.rejected : EXIT.pending;
}

const EXIT_BY_CHANGE = { requested: EXIT.pending, accepted: EXIT.ok, refused: EXIT.rejected, unsent: EXIT.refused, unknown: EXIT.pending } as const;

/** The exit code of a change. */
export function exitCodeOfChange({ change, status }: ApiOrder): ExitCode {
  if (change !== undefined) return EXIT_BY_CHANGE[change.status];
  return status === 'unknown' ? EXIT.pending : EXIT.ok;
}

/** Whether all is known: the verdict, and of a filled order how much and at which price. */
export function isSettled({ status, ended, filledQuantity, quantity }: ApiOrder): boolean {
  return ended && (status !== 'filled' || filledQuantity >= quantity);
}
