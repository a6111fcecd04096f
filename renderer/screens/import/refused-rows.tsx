/** The rows that an import left out: line, column, reason and text, to copy or to save. */
import { useState } from 'react'
import type { RefusedRow } from '../../../core/model/api.ts'
import { Button } from '../../parts/button.tsx'
import { copyText } from '../../parts/copy-text.ts'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { words } from '../../words/app.ts'
import { reasonOf } from '../../words/fields.ts'
import { count } from '../../words/times.ts'
import styles from './import-dialog.module.css'
import { refusedCsv } from './refused-csv.ts'

export function RefusedRows({ rows, total }: { readonly rows: readonly RefusedRow[]; readonly total: number }) {
  const [copied, setCopied] = useState(false)
  return (
    <section className={styles.refused} aria-label={words.import.refused(total)}>
      <div className={styles.refusedHead}>
        <p className={inputs.hint}>
          {words.import.refusedIntro} {total > rows.length && words.import.refusedFirst(rows.length)}
        </p>
        <Button small variant="quiet" onClick={() => setCopied(copyText(refusedCsv(rows)))}>
          {copied ? words.import.copied : words.import.copyReport}
        </Button>
        <Button small onClick={() => saveText('refused-rows.csv', refusedCsv(rows))}>
          {words.import.saveReport}
        </Button>
      </div>
      <div className={styles.refusedScroll} tabIndex={0} role="group" aria-label={words.import.refused(total)}>
        <table className={cx(styles.table, styles.refusedTable)}>
          <thead>
            <tr>
              <th scope="col">{words.import.line}</th>
              <th scope="col">{words.import.column}</th>
              <th scope="col">{words.import.reason}</th>
              <th scope="col">{words.import.text}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, 200).map((row, index) => (
              <tr key={index}>
                <td className={styles.line}>{count(row.line)}</td>
                <td>{row.column ?? ''}</td>
                <td>{reasonOf(row.reason)}</td>
                <td className={styles.sample}>{row.excerpt}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** Hands the text to the system's own way of saving a download. */
function saveText(name: string, text: string) {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
