import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { FootbridgeError, type ProbeReport } from '@footbridge/shared'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'

/** What is known of one minute. A minute of which nothing is known has no row. */
export interface MinuteRow {
  /** Minutes since 1970. */
  readonly minute: number
  /** Rounded up to a multiple of eight, like the next. `undefined` for a minute that only a probe saw. */
  readonly bridges: number | undefined
  /** Helped for the first time that day. */
  readonly people: number
  readonly probe: ProbeReport | undefined
}

export type Counts = Pick<MinuteRow, 'people'> & { readonly bridges: number }

const SCHEMA_VERSION = 1
const SCHEMA = `
  CREATE TABLE minutes (
    minute INTEGER PRIMARY KEY,
    bridges INTEGER,
    people INTEGER NOT NULL DEFAULT 0,
    outcome TEXT,
    connect_ms INTEGER,
    bytes_per_s INTEGER
  ) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};`

/** Time that another process may hold the file. This one does nothing else meanwhile. */
const BUSY_TIMEOUT_MS = 100
const DIRECTORY_MODE = 0o700

interface Columns {
  readonly minute: number
  readonly bridges: number | null
  readonly people: number
  readonly outcome: ProbeReport['outcome'] | null
  readonly connect_ms: number | null
  readonly bytes_per_s: number | null
}

/** The status of the network minute by minute, in an SQLite file. Holds counts and probes, nothing of any peer. */
export class StatusStore {
  readonly #database: DatabaseSyncInstance
  readonly #addCounts: Statement
  readonly #addProbe: Statement
  readonly #select: Statement
  readonly #delete: Statement

  /** Opens the file at `path`, which is made if missing. Throws `usage` for one that is something else. */
  constructor(path: string) {
    this.#database = openDatabase(path)
    this.#addCounts = this.#database.prepare(
      `INSERT INTO minutes (minute, bridges, people) VALUES (?1, ?2, ?3) ON CONFLICT (minute)
       DO UPDATE SET bridges = ?2, people = people + ?3`,
    )
    this.#addProbe = this.#database.prepare(
      `INSERT INTO minutes (minute, outcome, connect_ms, bytes_per_s) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (minute)
       DO UPDATE SET outcome = ?2, connect_ms = ?3, bytes_per_s = ?4 WHERE outcome IS NULL`,
    )
    this.#select = this.#database.prepare(
      'SELECT * FROM minutes WHERE minute >= ? AND minute < ? ORDER BY minute',
    )
    this.#delete = this.#database.prepare('DELETE FROM minutes WHERE minute < ?')
  }

  addCounts(minute: number, { bridges, people }: Counts): void {
    this.#addCounts.run(minute, bridges, people)
  }

  /** The first probe of a minute counts, any further one does not. */
  addProbe(minute: number, { outcome, connectMs, bytesPerSecond }: ProbeReport): void {
    this.#addProbe.run(minute, outcome, connectMs ?? null, bytesPerSecond ?? null)
  }

  /** The rows from one minute to before another, in the order of time. */
  between(from: number, to: number): MinuteRow[] {
    return (this.#select.all(from, to) as Columns[]).map(rowOf)
  }

  forgetBefore(minute: number): void {
    this.#delete.run(minute)
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }
}

type Statement = ReturnType<DatabaseSyncInstance['prepare']>

function openDatabase(path: string): DatabaseSyncInstance {
  let database: DatabaseSyncInstance | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    // One write a minute needs no flush to the disk each time; what a power cut takes is a gap of a few minutes.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
      user_version: number
    }
    if (version === 0) database.exec(SCHEMA)
    else if (version !== SCHEMA_VERSION) throw new Error('it is of another version')
    return database
  } catch (cause) {
    database?.close()
    throw new FootbridgeError(
      'usage',
      `failed to open ${path}: check the folder's owner and mode, or remove the file to start anew`,
      { cause },
    )
  }
}

function rowOf({ minute, bridges, people, outcome, connect_ms, bytes_per_s }: Columns): MinuteRow {
  const probe = outcome && {
    outcome,
    ...(connect_ms !== null && { connectMs: connect_ms }),
    ...(bytes_per_s !== null && { bytesPerSecond: bytes_per_s }),
  }
  return { minute, bridges: bridges ?? undefined, people, probe: probe ?? undefined }
}
