/** CSV import: choose a file, see what goes where, watch it run, read what was refused. Nothing is kept when cancelled. */
import { useEffect, useRef, useState } from 'react'
import { FileUp } from 'lucide-react'
import { IMPORT_HEAD_BYTES, IMPORT_PIECE_BYTES, type CsvInspection, type TypeSummary } from '../../../core/model/api.ts'
import type { Result } from '../../../core/model/failure.ts'
import { fail } from '../../../core/model/failure.ts'
import type { TypeId } from '../../../core/model/record.ts'
import type { RecordType } from '../../../core/model/record-type.ts'
import { useLive } from '../../api/use-live.ts'
import type { Api } from '../../api/connect.ts'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { freshId } from '../../parts/fresh-id.ts'
import inputs from '../../parts/inputs.module.css'
import { words } from '../../words/app.ts'
import { failureWords } from '../../words/failures.ts'
import styles from './import-dialog.module.css'
import { MappingTable } from './mapping-table.tsx'
import { takeBack } from './running-import.ts'
import type { Target } from './mapping.ts'
import { guessTargets, nameFromFile, planImport, setTarget } from './mapping.ts'

type Stage =
  | { readonly at: 'choose' }
  | { readonly at: 'reading' }
  | { readonly at: 'map'; readonly file: File; readonly inspection: CsvInspection }

export interface ImportDialogProps {
  readonly type: TypeId | null
  readonly file: File | null
  readonly onClose: () => void
}

export default function ImportDialog({ type: into, file: dropped, onClose }: ImportDialogProps) {
  const types = useLive('types', null)
  const [stage, setStage] = useState<Stage>({ at: 'choose' })
  const [problem, setProblem] = useState('')
  const [over, setOver] = useState(false)
  const picker = useRef<HTMLInputElement>(null)

  async function take(file: File | null | undefined) {
    if (file == null) return
    setProblem('')
    setStage({ at: 'reading' })
    const inspection = await inspect(file)
    if (inspection.ok) return setStage({ at: 'map', file, inspection: inspection.value })
    setProblem(failureWords(inspection.failure))
    setStage({ at: 'choose' })
  }
  const takeLatest = useRef(take)
  useEffect(() => {
    void takeLatest.current(dropped)
  }, [dropped])

  if (stage.at === 'map') {
    return (
      <MapStage
        into={into}
        file={stage.file}
        inspection={stage.inspection}
        types={types}
        onClose={onClose}
        onAgain={() => setStage({ at: 'choose' })}
      />
    )
  }
  return (
    <Dialog title={words.import.title} onClose={onClose}>
      <div
        className={cx(styles.drop, over && styles.over)}
        onDragOver={event => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={event => {
          event.preventDefault()
          setOver(false)
          void take(event.dataTransfer.files[0])
        }}
      >
        <span className={styles.dropIcon}>
          <FileUp size={24} strokeWidth={1.5} aria-hidden />
        </span>
        <p className={styles.dropTitle}>{stage.at === 'reading' ? words.import.reading : words.import.drop}</p>
        <Button disabled={stage.at === 'reading'} onClick={() => picker.current?.click()}>
          {words.import.choose}
        </Button>
        <input
          ref={picker}
          type="file"
          accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values"
          hidden
          onChange={event => {
            void take(event.target.files?.[0])
            event.target.value = ''
          }}
        />
        <p className={inputs.hint}>{words.import.formats}</p>
      </div>
      {problem !== '' && (
        <p role="alert" className={cx(inputs.error, styles.problem)}>
          {problem}
        </p>
      )}
    </Dialog>
  )
}

interface MapProps {
  readonly into: TypeId | null
  readonly file: File
  readonly inspection: CsvInspection
  readonly types: readonly TypeSummary[] | undefined
  readonly onClose: () => void
  readonly onAgain: () => void
}

function MapStage({ into, file, inspection, types, onClose, onAgain }: MapProps) {
  const { api, go, setImporting } = useApp()
  // A file that hardly fits the type it was opened from is most likely another kind of record.
  const [typeId, setTypeId] = useState<TypeId | null>(() => {
    const fields = types?.find(each => each.id === into)?.fields
    return fields !== undefined && fitsMostly(guessTargets(inspection, fields)) ? into : null
  })
  const [name, setName] = useState(() => nameFromFile(file.name))
  const existing = types?.find(each => each.id === typeId)
  const [targets, setTargets] = useState<readonly Target[]>(() => guessTargets(inspection, existing?.fields ?? null))
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const mapped = targets.filter(target => target.to !== 'out').length

  function choose(id: TypeId | null) {
    setTypeId(id)
    setTargets(guessTargets(inspection, types?.find(each => each.id === id)?.fields ?? null))
  }

  async function start() {
    if (busy) return
    if (mapped === 0) return setProblem(words.import.nothingMapped)
    setBusy(true)
    const before: RecordType = existing === undefined ? newType(name) : withoutCount(existing)
    const { type, mapping } = planImport(before, inspection.columns, targets, freshId)
    const isChanged = existing === undefined || type !== before
    const saved = isChanged ? await api.call('types.save', { type }) : null
    const begun =
      saved?.ok === false
        ? saved
        : await api.call('import.begin', {
            fileName: file.name,
            fileBytes: file.size,
            encoding: inspection.encoding,
            delimiter: inspection.delimiter,
            type: type.id,
            mapping,
          })
    setBusy(false)
    const known = new Set(before.fields.map(({ id }) => id))
    const made = {
      type: existing === undefined ? type.id : null,
      fields: type.fields.map(({ id }) => id).filter(id => !known.has(id)),
    }
    if (!begun.ok) {
      if (saved?.ok === true) await takeBack(api, type, made)
      return setProblem(failureWords(begun.failure))
    }
    const { job } = begun.value
    void sendFile(api, job, file)
    setImporting({ job, fileName: file.name, fileBytes: file.size, type: type.id, made })
    go({ to: 'dialog', dialog: { name: 'importRun' } })
  }

  return (
    <Dialog
      title={words.import.title}
      intro={file.name}
      size="wide"
      keepOpen
      onClose={onClose}
      actions={
        <>
          <Button variant="quiet" className={styles.left ?? ''} onClick={onAgain}>
            {words.import.another}
          </Button>
          {problem !== '' && (
            <p role="alert" className={inputs.error}>
              {problem}
            </p>
          )}
          <span className={inputs.hint}>{words.import.columnsMapped(mapped, inspection.columns.length)}</span>
          <Button variant="quiet" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button variant="primary" disabled={busy} onClick={() => void start()}>
            {words.import.start}
          </Button>
        </>
      }
    >
      <MappingTable
        inspection={inspection}
        types={types ?? []}
        type={existing}
        typeName={name}
        targets={targets}
        onType={choose}
        onTypeName={setName}
        onTarget={(at, target) => setTargets(setTarget(targets, at, target))}
      />
    </Dialog>
  )
}

/** At least half of the columns have a field. */
function fitsMostly(targets: readonly Target[]): boolean {
  return targets.filter(target => target.to !== 'out').length * 2 >= targets.length
}

function newType(name: string): RecordType {
  return { id: freshId(), name: name.trim() || words.import.untitledType, icon: 'file-text', fields: [] }
}

function withoutCount({ id, name, icon, fields }: TypeSummary): RecordType {
  return { id, name, icon, fields }
}

/** How it ends is told by the import feed; a file that cannot be read to its end shows there as cancelled. */
async function sendFile(api: Api, job: string, file: File): Promise<void> {
  try {
    let from = 0
    do {
      const piece = await readPart(file, from, IMPORT_PIECE_BYTES)
      const { ok } = await fetch(`/import/${encodeURIComponent(job)}?from=${from}`, { method: 'POST', body: piece })
      if (!ok) return
      from += piece.byteLength
    } while (from < file.size)
  } catch {
    await api.call('import.cancel', { job })
  }
}

function readPart(file: File, from: number, bytes: number): Promise<ArrayBuffer> {
  return file.slice(from, from + bytes).arrayBuffer()
}

async function inspect(file: File): Promise<Result<CsvInspection>> {
  try {
    const response = await fetch('/import/inspect', {
      method: 'POST',
      body: await readPart(file, 0, IMPORT_HEAD_BYTES),
    })
    if (!response.ok) return fail('unreadableFile')
    // Main's answer, of the shape api.ts gives it.
    return (await response.json()) as Result<CsvInspection>
  } catch {
    return fail('unreadableFile')
  }
}
