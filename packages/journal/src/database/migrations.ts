import { SystemError } from '@ibkit/error-codes';
import type { Database } from './database.js';

/** "ibkJ", so that `file` and other programs can tell what the database is (sqlite.org: PRAGMA application_id). */
const APPLICATION_ID = 0x69_62_6b_4a;

/** One step from a version of the schema to the next. A step that was released is never changed. */
export type Migration = (database: Database) => void;

const FIRST = `
CREATE TABLE event (
  seq       INTEGER PRIMARY KEY,
  term      INTEGER NOT NULL CHECK (term >= 0),
  at_ms     INTEGER NOT NULL,
  type      TEXT NOT NULL,
  intent_id TEXT,
  body      TEXT NOT NULL CHECK (json_valid(body)),
  prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
  hash      TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX event_intent ON event (intent_id, seq) WHERE intent_id IS NOT NULL;

CREATE TRIGGER event_appends BEFORE INSERT ON event
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM event)
  OR NEW.prev_hash IS NOT coalesce((SELECT hash FROM event WHERE seq = NEW.seq - 1), '${'0'.repeat(64)}')
  OR NEW.term < coalesce((SELECT term FROM event WHERE seq = NEW.seq - 1), 0)
BEGIN SELECT raise(ABORT, 'ibkit:append-only'); END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT raise(ABORT, 'ibkit:append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT raise(ABORT, 'ibkit:append-only'); END;

CREATE TABLE intent (
  intent_id TEXT PRIMARY KEY,
  seq       INTEGER NOT NULL UNIQUE,
  account   TEXT NOT NULL,
  key       TEXT NOT NULL,
  attempt   INTEGER NOT NULL,
  client_id INTEGER NOT NULL,
  order_id  INTEGER NOT NULL CHECK (order_id > 0),
  UNIQUE (account, key, attempt),
  UNIQUE (client_id, order_id)
) STRICT;
CREATE TRIGGER intent_no_update BEFORE UPDATE ON intent BEGIN SELECT raise(ABORT, 'ibkit:append-only'); END;
CREATE TRIGGER intent_no_delete BEFORE DELETE ON intent BEGIN SELECT raise(ABORT, 'ibkit:append-only'); END;

CREATE TABLE id_floor (
  client_id INTEGER PRIMARY KEY,
  floor     INTEGER NOT NULL
) STRICT;
CREATE TRIGGER id_floor_never_decreases BEFORE UPDATE ON id_floor
WHEN NEW.floor < OLD.floor OR NEW.client_id IS NOT OLD.client_id
BEGIN SELECT raise(ABORT, 'ibkit:id-floor'); END;
CREATE TRIGGER id_floor_no_delete BEFORE DELETE ON id_floor BEGIN SELECT raise(ABORT, 'ibkit:id-floor'); END;

CREATE TRIGGER event_floor AFTER INSERT ON event WHEN NEW.type = 'idFloor'
BEGIN
  INSERT INTO id_floor VALUES (NEW.body ->> '$.clientId', NEW.body ->> '$.floor')
    ON CONFLICT (client_id) DO UPDATE SET floor = max(floor, excluded.floor);
END;
CREATE TRIGGER event_staged AFTER INSERT ON event WHEN NEW.type = 'order.staged'
BEGIN
  SELECT raise(ABORT, 'ibkit:id-floor') FROM (SELECT coalesce(max(floor), 0) AS floor FROM id_floor WHERE client_id = NEW.body ->> '$.clientId')
    WHERE NEW.body ->> '$.orderId' <= floor;
  INSERT INTO intent VALUES (
    NEW.intent_id, NEW.seq, NEW.body ->> '$.account', NEW.body ->> '$.key', NEW.body ->> '$.attempt', NEW.body ->> '$.clientId', NEW.body ->> '$.orderId'
  );
  INSERT INTO id_floor VALUES (NEW.body ->> '$.clientId', NEW.body ->> '$.orderId')
    ON CONFLICT (client_id) DO UPDATE SET floor = excluded.floor;
END;

CREATE TABLE owner (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  term        INTEGER NOT NULL,
  nonce       TEXT NOT NULL,
  held        INTEGER NOT NULL CHECK (held IN (0, 1)),
  pid         INTEGER NOT NULL,
  acquired_ms INTEGER NOT NULL
) STRICT;
INSERT INTO owner VALUES (1, 0, '', 0, 0, 0);
CREATE TRIGGER owner_term_never_decreases BEFORE UPDATE ON owner
WHEN NEW.term < OLD.term OR (NEW.term = OLD.term AND NEW.nonce IS NOT OLD.nonce)
BEGIN SELECT raise(ABORT, 'ibkit:owner-term'); END;
CREATE TRIGGER owner_no_delete BEFORE DELETE ON owner BEGIN SELECT raise(ABORT, 'ibkit:owner-term'); END;
`;

/** The schema, step by step; the number of steps is its version. */
export const MIGRATIONS: readonly Migration[] = Object.freeze([
  (database: Database): void => {
    database.exec(FIRST);
  },
]);

function newerError(file: string, found: number, known: number): SystemError {
  return new SystemError({
    code: 'IBKR_JOURNAL_NEWER',
    message: `The journal ${file} has version ${found}; this program knows versions up to ${known}. No order is sent with it, and nothing was changed`,
    tips: ['Run the newer version of ibkit that wrote it. A new journal elsewhere would forget the keys and the order ids of earlier orders.'],
    details: { file, found, known },
  });
}

/** The version of the schema in a file, checked. */
export function checkedVersion(database: Database, known: number): number {
  const version = Number(database.pragma('user_version'));
  const application = database.pragma('application_id');
  if (version > known) throw newerError(database.file, version, known);
  // Anything else than an empty database or one of ours is somebody's data.
  const isEmpty = database.number('count(*)', 'FROM sqlite_schema') === 0;
  if (application !== APPLICATION_ID && !(application === 0 && version === 0 && isEmpty)) {
    throw new SystemError({
      code: 'IBKR_JOURNAL_CORRUPT',
      message: `The file ${database.file} is a database of another program. No order is sent with it, and nothing was changed`,
      tips: ['Choose another directory for the journal.'],
      details: { file: database.file },
    });
  }
  return version;
}

/**
 * Brings the schema to the newest version, in one transaction: all steps or none.
 * @throws SystemError `IBKR_JOURNAL_NEWER` when the file was written by a newer program, `IBKR_JOURNAL_CORRUPT` when by another one.
 */
export function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): void {
  if (checkedVersion(database, migrations.length) === migrations.length) return;
  database.transaction(() => {
    // Another process may have done it meanwhile.
    const version = checkedVersion(database, migrations.length);
    for (const migration of migrations.slice(version)) migration(database);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}
