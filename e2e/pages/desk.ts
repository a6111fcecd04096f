/**
 * What a person does at a Farfield window, by role and name only, so that a journey reads as it would be told. It never
 * reaches behind the screen.
 */
import { expect, type Locator, type Page } from '@playwright/test'

export interface Desk {
  readonly sidebar: Locator
  readonly chip: Locator
  readonly grid: Locator
  /** The grid's rows of records, without its header. */
  readonly rows: Locator
  /** The open record. */
  readonly record: Locator
  /** What the record panel says of its state: "Saved on this laptop", "Sent". */
  readonly saved: Locator
  readonly needsYou: Locator
  readonly filter: Locator
  /** First run: names the laptop, takes a starter type, keeps everything here. Ends in a new record. */
  begin(name: string, type?: string): Promise<void>
  /** First run on a laptop that joins a hub with its pairing code. */
  join(name: string, code: string, type?: string): Promise<void>
  /** Opens the dialog, types the pairing code and presses Connect; what comes of it is for the caller to expect. */
  connect(code: string): Promise<Locator>
  goTo(place: string): Promise<void>
  newRecord(): Promise<void>
  field(field: string): Locator
  /** Types into a field of the open record, leaves it, and waits until it is saved. */
  fill(field: string, text: string): Promise<void>
  /** Picks an option of a choice field of the open record. */
  choose(field: string, option: string): Promise<void>
  row(text: string): Locator
  cell(rowText: string, column: string): Promise<Locator>
  /** The texts of a column, from top to bottom, of the rows that are drawn. */
  column(name: string): Promise<readonly string[]>
  openRecord(text: string): Promise<void>
  closeRecord(): Promise<void>
  showHistory(): Promise<Locator>
  /** What the app announced last, on screen and to a screen reader. */
  said(text: string | RegExp): Locator
  /** An entry of the list's "More" menu. */
  more(item: string): Promise<void>
  /** Opens the import dialog and gives it a file. */
  chooseCsv(path: string): Promise<Locator>
  /** The whole import of a file, as begun from the list; what comes of it is for the caller to expect. */
  importCsv(path: string, options?: { readonly newType?: string }): Promise<Locator>
  openSync(): Promise<Locator>
  closeSync(): Promise<void>
}

export function sitAt(page: Page): Desk {
  const sidebar = page.getByRole('navigation', { name: 'Sidebar' })
  const chip = page.getByRole('button', { name: /^Sync: / })
  const record = page.getByRole('complementary', { name: 'Record' })
  const popover = page.getByRole('dialog', { name: 'Sync' })
  const next = page.getByRole('button', { name: 'Next' })
  const grid = page.getByRole('grid')
  const saved = record.getByRole('status').filter({ hasText: /^(Saving…|Saved on this laptop|Sent)$/ })
  const rows = grid.getByRole('row').filter({ has: page.getByRole('gridcell') })

  async function nameAndType(name: string, type: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
    await next.click()
    await page.getByRole('radio', { name: new RegExp(`^${type}`) }).check({ force: true })
    await next.click()
  }

  async function columnIndex(name: string): Promise<number> {
    const names = await grid.getByRole('columnheader').allInnerTexts()
    const index = names.findIndex(each => each.trim() === name)
    if (index < 0) throw new Error(`there is no column "${name}" among ${names.join(', ')}`)
    return index
  }

  const desk: Desk = {
    sidebar,
    chip,
    record,
    saved,
    grid,
    rows,
    needsYou: sidebar.getByRole('button', { name: /^Needs you/ }),
    filter: page.getByRole('textbox', { name: 'Filter' }),
    async begin(name, type = 'Inspection') {
      await nameAndType(name, type)
      await page.getByRole('button', { name: 'Start' }).click()
      await expect(record).toBeVisible()
    },
    async join(name, code, type = 'Inspection') {
      await nameAndType(name, type)
      await page.getByRole('radio', { name: /^Share through a hub/ }).check({ force: true })
      await page.getByRole('textbox', { name: 'Pairing code' }).fill(code)
      await page.getByRole('button', { name: /^Connect/ }).click()
      await expect(record).toBeVisible()
    },
    async connect(code) {
      await desk.openSync()
      await popover.getByRole('button', { name: /^Connect (a hub|again)$/ }).click()
      const dialog = page.getByRole('dialog', { name: 'Connect to a hub' })
      await dialog.getByRole('textbox', { name: 'Pairing code' }).fill(code)
      await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
      return dialog
    },
    async goTo(place) {
      await sidebar.getByRole('button', { name: new RegExp(`^${place}`) }).click()
    },
    async newRecord() {
      // The toolbar's; an empty list offers the same once more.
      await page.getByRole('button', { name: 'New', exact: true }).first().click()
      await expect(record.getByRole('heading', { name: 'Untitled' })).toBeVisible()
    },
    field: field => record.getByRole('textbox', { name: field, exact: true }),
    async fill(field, text) {
      await desk.field(field).fill(text)
      await desk.field(field).blur()
      await expect(saved).toHaveText(/^(Saved on this laptop|Sent)$/)
    },
    async choose(field, option) {
      await record.getByRole('button', { name: new RegExp(`${field}$`) }).click()
      await page.getByRole('option', { name: option, exact: true }).click()
    },
    row: text => rows.filter({ hasText: text }),
    async cell(rowText, column) {
      const index = await columnIndex(column)
      return desk.row(rowText).getByRole('gridcell').nth(index)
    },
    async column(name) {
      const index = await columnIndex(name)
      const cells = rows.getByRole('gridcell').and(page.locator(`[aria-colindex="${index + 1}"]`))
      return (await cells.allInnerTexts()).map(text => text.trim())
    },
    async openRecord(text) {
      await desk.row(text).getByRole('gridcell').nth(1).click()
      await page.keyboard.press('Control+Enter')
      await expect(record).toBeVisible()
    },
    async closeRecord() {
      await record.getByRole('button', { name: 'Close record' }).click()
      await expect(record).toBeHidden()
    },
    async showHistory() {
      await record.getByRole('tab', { name: 'History' }).click()
      return record.getByRole('tabpanel', { name: 'History' })
    },
    said: text => page.getByRole('status').filter({ hasText: text }),
    async more(item) {
      await page.getByRole('main').getByRole('region').getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem', { name: item }).click()
    },
    async chooseCsv(path) {
      await desk.more('Import CSV')
      const dialog = page.getByRole('dialog', { name: 'Import CSV' })
      const chooser = page.waitForEvent('filechooser')
      // The first of two: the hidden file input has the same name.
      await dialog.getByRole('button', { name: 'Choose file…' }).first().click()
      await (await chooser).setFiles(path)
      return dialog
    },
    async importCsv(path, { newType } = {}) {
      const dialog = await desk.chooseCsv(path)
      if (newType !== undefined) {
        await dialog.getByRole('button', { name: /Import into$/ }).click()
        await page.getByRole('option', { name: 'New record type from this file' }).click()
        await dialog.getByRole('textbox', { name: 'Name of the new type' }).fill(newType)
      }
      await dialog.getByRole('button', { name: 'Import', exact: true }).click()
      // The dialog's title follows what happens.
      return page.getByRole('dialog')
    },
    async openSync() {
      await chip.click()
      await expect(popover).toBeVisible()
      return popover
    },
    async closeSync() {
      await page.keyboard.press('Escape')
      await expect(popover).toBeHidden()
    },
  }
  return desk
}
