/**
 * When the daemon is killed: at any time; when its journal is being written; when the bytes of an order have left it and not arrived (`before`), have
 * arrived in part (`inside`) or in full (`behind`), or the broker's answer begins (`answered`); when a caller has its reply; when a client of the stream was told something.
 */
export const KILL_MOMENTS = ['any', 'journal', 'before', 'inside', 'behind', 'answered', 'replied', 'told'] as const;
export type KillMoment = (typeof KILL_MOMENTS)[number];
