/** The preview before an import: each column with some of its values, and where it goes. */
import { FilePlus } from 'lucide-react'
import type { CsvInspection, TypeSummary } from '../../../core/model/api.ts'
import type { TypeId } from '../../../core/model/record.ts'
import { KindIcon } from '../../fields/kind-icon.tsx'
import { rulesOf } from '../../fields/rules-of.ts'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { Picker } from '../../parts/menu.tsx'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { KIND_WORDS } from '../../words/fields.ts'
import styles from './import-dialog.module.css'
import type { Target } from './mapping.ts'
import { NEW_KINDS, readTarget, targetKey } from './mapping.ts'

export interface MappingTableProps {
  readonly inspection: CsvInspection
  readonly types: readonly TypeSummary[]
  /** Undefined: a new type. */
  readonly type: TypeSummary | undefined
  readonly typeName: string
  readonly targets: readonly Target[]
  readonly onType: (type: TypeId | null) => void
  readonly onTypeName: (name: string) => void
  readonly onTarget: (column: number, target: Target) => void
}

export function MappingTable(props: MappingTableProps) {
  const { inspection, types, type, typeName, targets, onType, onTypeName, onTarget } = props
  const fields = (type?.fields ?? []).filter(field => !rulesOf(field).readOnly)
  const options = [
    { id: 'out', label: words.import.leaveOut, muted: true },
    ...fields.map(field => ({ id: `field:${field.id}`, label: field.label, icon: <KindIcon kind={field.kind} /> })),
    ...NEW_KINDS.map(kind => ({
      id: `new:${kind}`,
      label: words.import.newField(KIND_WORDS[kind]),
      icon: <KindIcon kind={kind} />,
    })),
  ]
  return (
    <>
      <div className={styles.into}>
        <span id="import-into" className={styles.intoLabel}>
          {words.import.into}
        </span>
        <Picker
          labelledBy="import-into"
          value={type?.id ?? '$new'}
          options={[
            { id: '$new', label: words.import.newType, icon: <FilePlus size={15} /> },
            ...types.map(each => ({ id: each.id, label: each.name, icon: <TypeIcon name={each.icon} size={15} /> })),
          ]}
          onPick={id => onType(id === '$new' ? null : id)}
        />
        {type === undefined && (
          <input
            className={cx(inputs.input, styles.typeName)}
            aria-label={words.import.newTypeName}
            value={typeName}
            maxLength={80}
            onChange={event => onTypeName(event.target.value)}
          />
        )}
      </div>
      {inspection.duplicates.length > 0 && (
        <p className={styles.warning}>{words.import.duplicates(inspection.duplicates.join(', '))}</p>
      )}
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{words.import.column}</th>
            <th scope="col">{words.import.sample}</th>
            <th scope="col">{words.import.target}</th>
          </tr>
        </thead>
        <tbody>
          {inspection.columns.map((column, index) => {
            const target = targets[index] ?? { to: 'out' }
            return (
              <tr key={column} className={target.to === 'out' ? styles.out : undefined}>
                <th scope="row">{column}</th>
                <td className={styles.sample}>
                  {inspection.sample
                    .slice(0, 3)
                    .map(row => row[index] ?? '')
                    .filter(text => text !== '')
                    .map(text => (text.length > 60 ? `${text.slice(0, 60)}…` : text))
                    .join(' · ')}
                </td>
                <td className={styles.target}>
                  <Picker
                    label={`${words.import.target}, ${column}`}
                    value={targetKey(target)}
                    options={options}
                    onPick={key => onTarget(index, readTarget(key))}
                  />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </>
  )
}
