/**
 * The window's contract: what a page may ask of the process that owns the data (calls, answered once) and what it may
 * watch (feeds). Types only. Main checks every input against a strict schema (electron/ipc) and never trusts the page.
 */
import type { Exchange } from './activity.ts'
import type { BackupKind } from './backup-plan.ts'
import type { Failure, Result } from './failure.ts'
import type { FileRef } from './fields/files.ts'
import type { KeepingDays } from './history-keeping.ts'
import type { Cause, Device, DeviceId, FieldId, RecordId, Stamp, TypeId, Value, Version } from './record.ts'
import type { RecordType } from './record-type.ts'
import type { Check, Reason, SchedulePolicy } from './schedule.ts'
import type { Excerpt, Span } from './search-excerpt.ts'

// ---------------------------------------------------------------- what the page is shown

/** One row of the grid. `rev` changes whenever anything shown of the row changes. */
export interface Row {
  readonly id: RecordId
  readonly rev: string
  readonly type: TypeId
  readonly title: string
  readonly cells: { readonly [field: FieldId]: Value }
  /** Open versions: how many clashes wait for a person. */
  readonly open: number
  /** Not yet acknowledged by the provider. */
  readonly unsent: boolean
  /** Milliseconds since the epoch, of the newest cell. */
  readonly updatedAt: number
  readonly deleted: boolean
}

/** Which rows, in which order. `text` is a search as typed (docs/search.md). */
export interface View {
  /** null: records of every type. */
  readonly type: TypeId | null
  readonly text: string
  readonly sort: { readonly field: FieldId | '$title' | '$updatedAt' | '$createdAt'; readonly descending: boolean }
  /** true: Recently deleted instead. */
  readonly deleted: boolean
  /** Only records with open versions. */
  readonly open: boolean
}

/**
 * Rows [from, from + ids.length) of a view. The first frame carries every row; later frames carry in `rows` only those
 * whose rev the listener has not seen, while `ids` always lists the whole window. Bursts collapse to one frame a tick.
 */
export interface WindowFrame {
  readonly total: number
  readonly from: number
  readonly ids: readonly RecordId[]
  readonly rows: readonly Row[]
}

/** One cell with where it came from. `deviceName` is undefined for a device not met yet. */
export interface CellView {
  readonly value: Value
  readonly stamp: Stamp
  readonly at: number
  readonly device: DeviceId
  readonly deviceName: string | undefined
}

export interface VersionView extends Version {
  readonly at: number
  readonly device: DeviceId
  readonly deviceName: string | undefined
}

export interface RecordView {
  readonly id: RecordId
  readonly rev: string
  readonly type: TypeId
  readonly title: string
  readonly deleted: boolean
  readonly unsent: boolean
  readonly created: { readonly at: number; readonly device: DeviceId; readonly deviceName: string | undefined }
  readonly cells: { readonly [field: FieldId]: CellView }
  readonly versions: readonly VersionView[]
}

/** One replaced value of a record (rule M13), and what came in its place. */
export interface HistoryItem {
  readonly id: string
  readonly field: FieldId
  /** What was replaced; undefined where it is no longer kept. */
  readonly value: Value | undefined
  /** Who had written it when. */
  readonly at: number
  readonly device: DeviceId
  readonly deviceName: string | undefined
  /** What came in its place; undefined where that is not known here (yet). */
  readonly after: Value | undefined
  readonly replacedAt: number
  readonly replacedBy: DeviceId
  readonly replacedByName: string | undefined
  /** The stamp of what came in its place. */
  readonly replacedByStamp: Stamp
  readonly cause: Cause
}

/** A part of a record's timeline: at most BOUNDS.windowRows entries. */
export interface HistoryWindow {
  readonly id: RecordId
  readonly field: FieldId | null
  readonly from: number
  readonly to: number
}

/** Entries [from, from + items.length) of a record's timeline, newest first, out of `total`. */
export interface HistoryFrame {
  readonly total: number
  readonly items: readonly HistoryItem[]
}

/** How the index that search looks into stands; while it is made anew, `done` of `total` records can be found. */
export type SearchIndexView =
  | { readonly state: 'ready' }
  | { readonly state: 'rebuilding'; readonly done: number; readonly total: number }
  | { readonly state: 'failed'; readonly failure: Failure }

/** A record that a search has found: its title and the place in one of its fields where the words are. */
export interface SearchHit {
  readonly id: RecordId
  readonly type: TypeId
  readonly title: string
  readonly marks: readonly Span[]
  readonly excerpt: Excerpt | null
}

export interface TypeSummary extends RecordType {
  /** Null just after a start: not counted yet. */
  readonly count: number | null
}

export interface Counts {
  readonly all: number
  readonly deleted: number
  readonly needsYou: number
}

/** One record in Needs you, with its open versions and the shown cells they clash with. */
export interface Clash {
  readonly record: RecordView
  /** Fields that merged without asking since these versions appeared. */
  readonly combinedFields: number
}

export interface AppInfo {
  readonly version: string
  readonly platform: 'linux' | 'win32' | 'darwin'
  /** null until the laptop is named (first run). */
  readonly device: Device | null
  readonly suggestedDeviceName: string
  /** How the database key is kept. */
  readonly protection: 'keychain' | 'file'
  /** A backup took the place of the database just now. */
  readonly restored: Restored | null
}

export interface Restored {
  /** When the backup was made. */
  readonly at: number
  /** Photos and files of a whole copy that could not be read in it, and are not on this laptop otherwise. */
  readonly lost: number
}

/** A damaged database was set aside, and this is what came of it; nothing was deleted. */
export interface RescueView {
  /** The name it was set aside under. */
  readonly file: string
  readonly at: number
  /** False: nothing of it could be read, and Farfield began with an empty database. */
  readonly readable: boolean
  readonly saved: number
  /** Records that are known to have been there and could not be read. */
  readonly lost: number
  /** There may have been more that nothing tells of any more. */
  readonly uncertain: boolean
  /** Earlier values of fields that could not be read. */
  readonly history: number
}

export interface BackupView {
  readonly file: string
  readonly at: number
  readonly kind: BackupKind
  readonly bytes: number
}

/** What a check found of photos and files; none of it is damage of the database. */
export interface FilesChecked {
  /** Stored files that were read, and their bytes. */
  readonly read: number
  readonly bytes: number
  /** Named by records or their history and not on this laptop. */
  readonly missing: number
  /** On this laptop, and not as they were stored. */
  readonly damaged: number
  /** The first of them. `name` is '' where nothing names the file, `record` where only history does. */
  readonly named: readonly {
    readonly name: string
    readonly record: string
    readonly state: 'missing' | 'damaged'
  }[]
}

export type StorageJob = 'backUp' | 'verify' | 'compact' | 'restore' | 'saveCopy' | 'restoreCopy'

/** How the last job ended. */
export type StorageOutcome = { readonly at: number } & (
  | { readonly job: 'backUp'; readonly bytes: number; readonly asked: boolean }
  | {
      readonly job: 'verify'
      readonly sound: boolean
      readonly documents: number
      /** What is wrong, by kind (electron/storage/verify.ts); `references` that lead nowhere are no damage. */
      readonly wrong: {
        readonly pages: number
        readonly document: number
        readonly search: number
        readonly tally: number
      }
      readonly references: number
      readonly files: FilesChecked
      /** Search was not in step, and is being made anew. */
      readonly rebuilding: boolean
    }
  | {
      readonly job: 'saveCopy'
      /** Of the file, and its name in the downloads folder. */
      readonly bytes: number
      readonly name: string
      /** Photos and files in it; and those that are not, for they are not on this laptop, or damaged here. */
      readonly files: number
      readonly missing: number
      readonly damaged: number
    }
  | { readonly job: 'compact'; readonly before: number; readonly after: number }
  /** Everything is closed and opened again. */
  | { readonly job: 'restore' | 'restoreCopy'; readonly reopening: true }
  | { readonly job: StorageJob; readonly failure: Failure | null }
)

/** Everything that Settings > Storage and the banner show. A failure of null in `outcome`: it was cancelled. */
export interface StorageView {
  /** Of the database on the disk. */
  readonly bytes: number
  /** Newest first. */
  readonly backups: readonly BackupView[]
  readonly job: {
    readonly job: StorageJob
    readonly step: string
    readonly done: number
    readonly total: number
  } | null
  readonly outcome: StorageOutcome | null
  /** Writes fail until there is room. */
  readonly diskFull: boolean
  /** Something could not be read; a rescue brings back what can. */
  readonly damaged: boolean
  readonly rescue: RescueView | null
}

export interface ProviderView {
  readonly name: string
  readonly host: string
  readonly port: number
  /** What was negotiated with it last, e.g. "TLS 1.3"; undefined before the first contact. */
  readonly tls: string | undefined
  readonly verified: boolean
}

/** Everything the sync chip and its popover show. */
export interface SyncView {
  readonly reason: Reason
  /** Facts for the reason's sentence. */
  readonly facts: {
    readonly battery?: number
    readonly networkName?: string
    /** Epoch milliseconds: until when, or when it tries next. */
    readonly until?: number
    readonly detail?: string
  }
  readonly provider: ProviderView | null
  readonly waiting: { readonly records: number; readonly bytes: number }
  readonly progress: {
    readonly direction: 'send' | 'receive'
    readonly done: number
    readonly total: number | null
    readonly bytes: number
  } | null
  /** null without a provider, and until files are open. */
  readonly files: FileTraffic | null
  readonly lastSyncAt: number | null
  /** The last run's digest equalled the provider's, and nothing waits. */
  readonly inSync: boolean
  readonly checks: readonly Check[]
  /** "Sync once anyway" would really help. */
  readonly overridable: boolean
  readonly parked: readonly ParkedItem[]
  readonly quarantined: readonly ParkedItem[]
  readonly bytesSent: number
  readonly bytesReceived: number
}

/** The record of syncing. */
export interface ActivityView {
  /** Newest first, the newest 1,000. */
  readonly exchanges: readonly Exchange[]
  /** Newest first; only days of which something is known. */
  readonly days: readonly {
    /** Local date, "2026-11-25". */
    readonly day: string
    readonly bytesSent: number
    readonly bytesReceived: number
    readonly activeMs: number
  }[]
  /** Why it ran or did not, today and on the day before: when which reason began to hold, oldest first. */
  readonly reasons: readonly { readonly at: number; readonly reason: Reason }[]
}

/** A document that could not be sent (parked) or could not be taken (quarantined), and why; nothing else waits for it. */
export interface ParkedItem {
  readonly collection: string
  readonly id: string
  readonly reason: string
  readonly at: number
}

// ---------------------------------------------------------------- import

/**
 * A file never passes through the port. After `import.begin` the page posts it in pieces, each once the one before it was
 * answered, from the first byte to the last (an empty file is one empty piece):
 *   fetch('app://farfield/import/<job>?from=<byte>', { method: 'POST', body: piece })
 * with an ArrayBuffer of at most IMPORT_PIECE_BYTES: a Blob would be read into main's memory as a whole. 204: taken, send
 * the next; 404: not wanted, for the import has ended or there is no such job. Progress, and how it ended, come from the
 * `import` feed. For `import/inspect` post the first IMPORT_HEAD_BYTES; the answer is 200 with a Result<CsvInspection>.
 */
export const IMPORT_PIECE_BYTES = 1024 * 1024
export const IMPORT_HEAD_BYTES = 256 * 1024

/** What the head of a CSV file looks like; answered by `POST app://farfield/import/inspect`. */
export interface CsvInspection {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'
  readonly delimiter: ',' | ';' | '\t' | '|'
  /** Header cells, made unique ("name", "name (2)"); `duplicates` lists the labels that were not. */
  readonly columns: readonly string[]
  readonly duplicates: readonly string[]
  /** Up to 20 rows. */
  readonly sample: readonly (readonly string[])[]
  /** A guess per column. */
  readonly kinds: readonly ('text' | 'longText' | 'number' | 'date' | 'checkbox')[]
}

export interface ImportPlan {
  readonly fileName: string
  readonly fileBytes: number
  readonly encoding: CsvInspection['encoding']
  readonly delimiter: CsvInspection['delimiter']
  readonly type: TypeId
  /** Column index -> field id, or null to leave the column out. */
  readonly mapping: readonly (FieldId | null)[]
}

/** Why a whole row was refused, beside a field's own reasons (InvalidReason in fields/rules.ts) for single cells. */
export const ROW_REASONS = [
  'tooFewCells', // fewer than the header has columns
  'tooManyCells',
  'textAfterQuote', // "a"b
  'openQuote', // a quote that is never closed
  'rowTooLarge',
  'unreadable', // bytes that are no text in the file's encoding
] as const
export type RowReason = (typeof ROW_REASONS)[number]

export interface RefusedRow {
  /** 1-based line in the file where the row starts. */
  readonly line: number
  readonly column: string | null
  /** A RowReason or an InvalidReason. */
  readonly reason: string
  readonly excerpt: string
}

export interface ImportProgress {
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed'
  readonly bytes: number
  readonly fileBytes: number
  readonly imported: number
  readonly refused: number
  /** The first 1,000 refused rows. */
  readonly refusedRows: readonly RefusedRow[]
  /** Why it failed; what had come in was taken out again. */
  readonly failure?: Failure
}

// ---------------------------------------------------------------- taking out

/** The records of a list of one type, in its order, as CSV (docs/export.md). */
export interface CsvExportPlan {
  /** Its `type` is not null. */
  readonly view: View
  /** Only these of them; null: all that the view shows. */
  readonly ids: readonly RecordId[] | null
}

export interface ExportProgress {
  readonly state: 'running' | 'done' | 'cancelled' | 'failed'
  /** Records, or whatever else is counted; `total` is 0 until it is known. */
  readonly done: number
  readonly total: number
  /** When done: the file that was made. */
  readonly file?: { readonly name: string; readonly folder: string; readonly bytes: number }
  /** Why it failed; nothing was left behind. */
  readonly failure?: Failure
}

/** Why a line of an export was left out, or (its line is 0) a file. */
export const LINE_REASONS = [
  'notJson',
  'notDocument', // JSON, and not a record, type, device or history entry as docs/export.md says
  'unreadable', // no UTF-8
  'tooLarge',
  'otherHash', // a file whose bytes are not those of its name
] as const

/** An export comes in as a CSV does: after `archive.begin` the page posts it to app://farfield/archive/<job>?from=<byte>. */
export interface ArchivePlan {
  readonly fileName: string
  readonly fileBytes: number
}

export interface ArchiveProgress {
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed'
  readonly bytes: number
  readonly fileBytes: number
  /** Records, types, devices and history entries: not here before, changed by merging, here already. */
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  /** Photos and files. */
  readonly files: number
  readonly refused: number
  /** The first 1,000. */
  readonly refusedLines: readonly {
    readonly entry: string
    /** 1-based within its entry. */
    readonly line: number
    readonly reason: (typeof LINE_REASONS)[number]
  }[]
  /** It was read to its last entry. */
  readonly whole: boolean
  /** Why it failed; what came in before that stays. */
  readonly failure?: Failure
}

// ---------------------------------------------------------------- files

/**
 * A file comes in as one to import does: after `files.begin` the page posts it, piece by piece, to
 *   app://farfield/files/<job>?from=<byte>
 * Once its last byte is kept, main adds the file to the record by itself, so that a page that goes away then loses nothing.
 *
 * What is here can be looked at under `app://farfield/attachment/<hash>`: 404 when it is not. One range of bytes can be
 * asked for; an answer (206) holds at most FILE_RANGE_BYTES of it, wherever the range ends. A whole file is answered up to
 * FILE_WHOLE_BYTES; 413 beyond. Players stream films and sounds from `attachment://farfield/<hash>`. `.../thumbnail` is a small picture that the page has made and posted there before.
 */
export const FILE_BYTES = 2_000_000_000
export const FILE_RANGE_BYTES = 1024 * 1024
export const FILE_WHOLE_BYTES = 32 * 1024 * 1024
/** The most that is kept of one. */
export const THUMBNAIL_BYTES = 256 * 1024

export interface FilePlan {
  readonly record: RecordId
  readonly field: FieldId
  readonly name: string
  readonly bytes: number
  /** What the page takes it for; main looks at the bytes. */
  readonly type: string
}

export interface FileProgress {
  readonly state: 'waiting' | 'running' | 'done' | 'cancelled' | 'failed'
  readonly bytes: number
  readonly fileBytes: number
  /** When done; `undo` is null where the record had the file already. */
  readonly added?: { readonly file: FileRef; readonly undo: Undo | null }
  readonly failure?: Failure
}

/** Why a photo or file does not move although it should. */
export type FileTrouble =
  | 'tooLarge' // larger than the hub takes
  | 'providerFull' // the hub has no room
  | 'diskFull' // this laptop has none
  | 'notThere' // the hub does not have it, or not yet
  | 'wrongContent' // what came was not this file
  | 'fileDamaged' // what is here cannot be read as it was written
  | 'internal'

/** Where a file is, and whether it is on its way. */
export interface FilePlace {
  readonly hash: string
  readonly here: boolean
  /** The hub is known to have it. */
  readonly there: boolean
  readonly moving: {
    readonly direction: 'send' | 'fetch'
    readonly done: number
    readonly total: number
  } | null
  /** A person wants to see it. */
  readonly asked: boolean
  readonly trouble: FileTrouble | null
}

/** Photos and files between this laptop and its hub. */
export interface FileTraffic {
  /** Every file and every record has been looked at. */
  readonly counted: boolean
  readonly send: FileAmount
  readonly fetch: FileAmount
  readonly moving: {
    readonly direction: 'send' | 'fetch'
    readonly photo: boolean
    /** The how manieth of how many in this direction. */
    readonly nth: number
    readonly of: number
    readonly done: number
    readonly bytes: number
  } | null
  /** Those that do not move, and why; they are in neither `send` nor `fetch`. */
  readonly troubles: readonly (FileAmount & { readonly trouble: FileTrouble })[]
}

export interface FileAmount {
  readonly files: number
  /** Of them. */
  readonly photos: number
  readonly bytes: number
}

// ---------------------------------------------------------------- undo

/**
 * How to take back what a call did: plain data that the page hands back to `undo`. Main applies it as a new edit, and
 * answers 'stale' for what has been changed since by someone else.
 */
export type Undo =
  | {
      readonly kind: 'cells'
      readonly cells: readonly {
        readonly record: RecordId
        readonly field: FieldId
        readonly value: Value
        readonly made: Stamp
      }[]
    }
  | {
      readonly kind: 'settle'
      readonly record: RecordId
      readonly field: FieldId
      readonly made: Stamp
      readonly value: Value
      /** Versions to open again. */
      readonly versions: readonly Version[]
      /** A redo: stamps of the field's versions to close again. */
      readonly closes?: readonly Stamp[]
    }

// ---------------------------------------------------------------- calls and feeds

/** A person's choice for one field's clash: keep what shows, take a version, go back, or a value of their own. */
export type Choice =
  | { readonly kind: 'shown' }
  | { readonly kind: 'version'; readonly stamp: Stamp }
  | { readonly kind: 'before'; readonly stamp: Stamp }
  | { readonly kind: 'value'; readonly value: Value }

/**
 * `seen` is the value that was before the person's eyes; where a change from elsewhere is there instead, the two meet as
 * two devices' edits do (M14). Absent: whatever is there is meant to be replaced.
 */
export interface CellEdit {
  readonly record: RecordId
  readonly field: FieldId
  readonly value: Value
  readonly seen?: Value
}

/** name -> [input, answer]. Every answer is a Result: a refusal is data. */
export interface Calls {
  'app.describe': [null, AppInfo]
  'device.name': [{ name: string }, Device]
  'types.save': [{ type: RecordType }, null]
  'types.delete': [{ type: TypeId }, null]
  'records.create': [{ type: TypeId; cells: { readonly [field: FieldId]: Value } }, { id: RecordId; undo: Undo }]
  'records.edit': [{ cells: readonly CellEdit[] }, { undo: Undo }]
  'records.duplicate': [{ ids: readonly RecordId[] }, { ids: readonly RecordId[]; undo: Undo }]
  'records.delete': [{ ids: readonly RecordId[] }, { undo: Undo }]
  'records.restore': [{ ids: readonly RecordId[] }, { undo: Undo }]
  'records.samples': [{ type: TypeId }, { ids: readonly RecordId[]; undo: Undo }]
  'records.position': [{ view: View; id: RecordId }, { index: number | null }]
  'conflicts.settle': [{ record: RecordId; field: FieldId; choice: Choice }, { undo: Undo }]
  /** Takes back what an earlier call did; the answer's undo is its redo. */
  undo: [{ undo: Undo }, { undo: Undo }]
  /** Begins to make the search index anew; the `searchIndex` feed tells how far it is. */
  'search.rebuild': [null, null]
  'import.begin': [ImportPlan, { job: string }]
  'import.cancel': [{ job: string }, null]
  /** One at a time: 'busy' while another runs. */
  'export.csv': [CsvExportPlan, { job: string }]
  /** Everything, plain; the page has asked twice. */
  'export.workspace': [null, { job: string }]
  'export.cancel': [{ job: string }, null]
  /** Shows the job's file in the system's own window of its folder. */
  'export.show': [{ job: string }, null]
  'archive.begin': [ArchivePlan, { job: string }]
  /** What came in by then stays. */
  'archive.cancel': [{ job: string }, null]
  'files.begin': [FilePlan, { job: string }]
  'files.cancel': [{ job: string }, null]
  'files.remove': [{ record: RecordId; field: FieldId; hash: string }, { undo: Undo | null }]
  /** Fetches it before all others; `anyway`: even where the schedule says no, as "Sync once anyway" does, but only what was asked for. */
  'files.fetch': [{ hash: string; anyway: boolean }, null]
  /** Writes a plain copy to the downloads folder; answers the name it got there. */
  'files.save': [{ hash: string; name: string }, { name: string }]
  'sync.pair': [{ code: string }, ProviderView]
  'sync.leave': [null, null]
  'sync.once': [null, null]
  'sync.pause': [{ until: number | null }, null]
  'sync.resume': [null, null]
  'sync.treatNetwork': [{ as: 'metered' | 'unmetered' | 'detect' }, null]
  'sync.policy': [null, SchedulePolicy]
  'sync.setPolicy': [{ policy: SchedulePolicy }, null]
  /** What is parked is offered once more, and what is quarantined asked for, at once or with the next sync. */
  'sync.retryHeld': [null, null]
  /** The storage feed tells sizes and backups as they are on the disk now. */
  'storage.look': [null, null]
  'storage.backUp': [null, null]
  'storage.verify': [null, null]
  'storage.compact': [null, null]
  /** Ends the job under way, which then leaves nothing behind. */
  'storage.cancel': [null, null]
  /** The database is replaced by this backup, and kept as one; the page is loaded anew. */
  'storage.restore': [{ file: string }, null]
  /** A whole copy: the database with every photo and file in one encrypted file in the downloads folder. */
  'storage.saveCopy': [null, null]
  /** As storage.restore, of a whole copy whose pieces are posted to `app://farfield/storage/<job>?from=<offset>`. */
  'storage.restoreCopy': [{ bytes: number }, { job: string }]
  /** A damaged database is set aside, and what can be read of it is kept; the page is loaded anew. */
  'storage.rescue': [null, null]
  /** The report of a rescue was read. */
  'storage.dismiss': [null, null]
  /** Days after which a replaced value is let go of; null: never. */
  'history.keeping': [null, { days: KeepingDays | null }]
  /** How many values choosing this would let go of now. */
  'history.countPast': [{ days: KeepingDays }, { values: number }]
  /** Chooses, and lets go of what is past it already, on every laptop with the next sync; answers how many values. */
  'history.keep': [{ days: KeepingDays | null }, { values: number }]
  /** The page's own settings: keys begin with `page.` (letters, digits, `_`, `-`, `.`); no others can be reached. */
  'settings.get': [{ key: string }, Value]
  'settings.set': [{ key: string; value: Value }, null]
}

/** name -> [input, frame]. */
export interface Feeds {
  types: [null, readonly TypeSummary[]]
  counts: [null, Counts]
  window: [{ view: View; from: number; to: number }, WindowFrame]
  /** null when the record is not here (any more). */
  record: [{ id: RecordId }, RecordView | null]
  /** `field`: only that field's (DELETION for the record's own coming and going); null: every field's. */
  history: [HistoryWindow, HistoryFrame]
  /** The best matches of a typed search (docs/search.md) among all records, best first; none for an empty one. */
  search: [{ text: string }, readonly SearchHit[]]
  searchIndex: [null, SearchIndexView]
  clashes: [null, readonly Clash[]]
  sync: [null, SyncView]
  activity: [null, ActivityView]
  storage: [null, StorageView]
  import: [{ job: string }, ImportProgress]
  export: [{ job: string }, ExportProgress]
  archive: [{ job: string }, ArchiveProgress]
  fileCopy: [{ job: string }, FileProgress]
  /** In the order asked. */
  filePlaces: [{ hashes: readonly string[] }, readonly FilePlace[]]
}

export type CallName = keyof Calls
export type FeedName = keyof Feeds
export type CallInput<N extends CallName> = Calls[N][0]
export type CallAnswer<N extends CallName> = Result<Calls[N][1]>
export type FeedInput<N extends FeedName> = Feeds[N][0]
export type FeedFrame<N extends FeedName> = Feeds[N][1]

/** Bounds that main enforces and the page respects. */
export const BOUNDS = {
  windowRows: 500,
  cellTextBytes: 1024 * 1024,
  openFeeds: 200,
  openCalls: 500,
  idsPerCall: 10_000,
  hashesPerCall: 1000,
} as const

// ---------------------------------------------------------------- the port's frames

export type RequestFrame =
  | { readonly id: number; readonly kind: 'call' | 'watch'; readonly name: string; readonly input: unknown }
  | { readonly id: number; readonly kind: 'stop' }
/** For a call `value` is a Result; for a feed a frame. `error` means 'internal' or 'refused' (malformed or over bounds). */
export type ReplyFrame =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: 'internal' | 'refused' }
