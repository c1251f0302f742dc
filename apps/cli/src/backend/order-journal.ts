import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@ibkit/clock';
import { SystemError, isIbkrError } from '@ibkit/error-codes';
import type { Coordinator, Journal, JournalRecord } from '@ibkit/gateway-trading';
import { importEntries, journalDirectory, journalNeighbours, sqliteJournal } from '@ibkit/journal';
import type { SqliteJournal, SqliteJournalOptions } from '@ibkit/journal';
import { readOldJournal, retireOldJournal } from './old-order-journal.js';

/** Whose orders a journal holds, and where it lies. */
export interface OrderJournalOptions {
  readonly clock: Clock;
  /** Of this user. Every gateway and client id has a directory of its own below it, readable by its owner only. */
  readonly stateDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  readonly mode: 'paper' | 'live';
  /** The lowest order id that the gateway still accepts from this client id. */
  readonly nextOrderId: number;
}

/** An open journal of orders. */
export interface OrderJournal extends AsyncDisposable {
  readonly journal: Journal;
  readonly coordinator: Coordinator;
  /** Where the orders of an earlier gateway were put aside; absent when there was no need. */
  readonly archivedAs: string | undefined;
}

/** Whether a record says what became of an order that was about to leave. */
function hasNews({ type }: JournalRecord): boolean {
  return type === 'order.acked' || type === 'order.unsent' || type === 'order.verdict' || type === 'order.status' || type === 'order.execution';
}

/**
 * A gateway that has never seen an order of this client id, although one was acknowledged: it is another one, as a simulator that was started anew,
 * and what the journal tells is not about it. A platform whose order ids were reset looks the same. So it is never taken for another one with live
 * money, under the kill switch, or while the outcome of an order is open: its keys, its caps and its switch would be gone.
 */
async function isOfAnotherGateway(journal: Journal, { clientId, nextOrderId, mode }: OrderJournalOptions): Promise<boolean> {
  if (nextOrderId > 1 || mode === 'live') return false;
  const ours = new Set<string>();
  const open = new Set<string>();
  let [isKilled, wasSeen] = [false, false];
  for await (const { record } of journal.read(1)) {
    if (record.type === 'killSwitch') isKilled = record.engaged;
    if (!('intentId' in record) || record.intentId === undefined) continue;
    const { intentId } = record;
    if (record.type === 'order.staged' && record.clientId === clientId) ours.add(intentId);
    if (record.type === 'order.staged') open.add(intentId);
    if (hasNews(record)) open.delete(intentId);
    wasSeen ||= record.type === 'order.acked' && ours.has(intentId);
  }
  return wasSeen && !isKilled && open.size === 0;
}

async function putAside(directory: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const target = `${directory}.${number}`;
    if (!existsSync(target)) {
      await rename(directory, target);
      return target;
    }
  }
}

/** Opens the journal, with the orders that an earlier version kept in a file of lines. */
async function openWithOld({ directory, clock, neighbours }: SqliteJournalOptions, oldFile: string): Promise<SqliteJournal> {
  const old = await readOldJournal(oldFile);
  const journal = await sqliteJournal({ directory, clock, neighbours });
  if (old === undefined) return journal;
  try {
    await importEntries(journal, old);
    await retireOldJournal(oldFile);
    return journal;
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function open(options: OrderJournalOptions): Promise<OrderJournal> {
  const { stateDirectory, clock } = options;
  const directory = journalDirectory(options);
  const place = { directory, clock, neighbours: () => journalNeighbours(options) };
  let journal = await openWithOld(place, path.join(stateDirectory, `orders-${path.basename(directory)}.jsonl`));
  let archivedAs: string | undefined;
  try {
    if (await isOfAnotherGateway(journal, options)) {
      // Nobody else may be using what is moved away.
      await (await journal.coordinator.acquire()).release();
      await journal.close();
      archivedAs = await putAside(directory);
      journal = await sqliteJournal(place);
    }
  } catch (error) {
    await journal.close();
    throw error;
  }
  const opened = journal;
  return { journal: opened, coordinator: opened.coordinator, archivedAs, [Symbol.asyncDispose]: () => opened.close() };
}

/**
 * Opens the journal of the orders that this user sends to one gateway with one client id: what makes a key known to the next command.
 * Open it only while connected with that client id.
 * @throws SystemError when it is damaged or cannot be written.
 */
export async function openOrderJournal(options: OrderJournalOptions): Promise<OrderJournal> {
  try {
    return await open(options);
  } catch (error) {
    if (!isIbkrError(error) || error.code !== 'IBKR_JOURNAL_NOT_WRITABLE') throw error;
    throw new SystemError({
      code: error.code,
      message: error.message,
      tips: ['Orders are written down before they are sent. Set IBKIT_STATE_DIR to a directory that can be written.'],
      cause: error,
    });
  }
}
