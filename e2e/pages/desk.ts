/**
 * What a person does at a Farfield window, by role and name only, so that a journey reads as it would be told. It never
 * reaches behind the screen.
 */
import { expect, type Locator, type Page } from '@playwright/test'

export interface Desk {
  readonly sidebar: Locator
  readonly chip: Locator
  readonly grid: Locator
  /** The open record. */
  readonly record: Locator
  readonly needsYou: Locator
  /** First run: names the laptop, takes a starter type, keeps everything here. Ends in a new record. */
  begin(name: string, type?: string): Promise<void>
  /** First run on a laptop that joins a hub with its pairing code. */
  join(name: string, code: string, type?: string): Promise<void>
  /** Connects a laptop that is already in use. */
  connect(code: string): Promise<void>
  goTo(place: string): Promise<void>
  newRecord(): Promise<void>
  /** Types into a field of the open record and leaves it. */
  fill(field: string, text: string): Promise<void>
  field(field: string): Locator
  row(text: string): Locator
  openRecord(text: string): Promise<void>
  closeRecord(): Promise<void>
  importCsv(path: string, options?: { readonly newType?: string }): Promise<void>
  openSync(): Promise<Locator>
  closeSync(): Promise<void>
}

export function sitAt(page: Page): Desk {
  const sidebar = page.getByRole('navigation', { name: 'Sidebar' })
  const chip = page.getByRole('button', { name: /^Sync: / })
  const record = page.getByRole('complementary', { name: 'Record' })
  const popover = page.getByRole('dialog', { name: 'Sync' })
  const next = page.getByRole('button', { name: 'Next' })

  async function nameAndType(name: string, type: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Name' }).fill(name)
    await next.click()
    await page.getByRole('radio', { name: new RegExp(`^${type}`) }).check({ force: true })
    await next.click()
  }

  return {
    sidebar,
    chip,
    record,
    grid: page.getByRole('grid'),
    needsYou: sidebar.getByRole('button', { name: /^Needs you/ }),
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
      await chip.click()
      await popover.getByRole('button', { name: 'Connect a hub' }).click()
      const dialog = page.getByRole('dialog', { name: 'Connect to a hub' })
      await dialog.getByRole('textbox', { name: 'Pairing code' }).fill(code)
      await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
    },
    async goTo(place) {
      await sidebar.getByRole('button', { name: new RegExp(`^${place}`) }).click()
    },
    async newRecord() {
      await page.getByRole('button', { name: 'New', exact: true }).click()
      await expect(record).toBeVisible()
    },
    async fill(field, text) {
      await this.field(field).fill(text)
      await this.field(field).blur()
      await expect(record.getByText(/^(Saved on this laptop|Sent)$/)).toBeVisible()
    },
    field: field => record.getByRole('textbox', { name: field }),
    row: text => page.getByRole('row').filter({ hasText: text }),
    async openRecord(text) {
      await this.row(text).getByRole('gridcell').first().dblclick()
      await expect(record).toBeVisible()
    },
    async closeRecord() {
      await record.getByRole('button', { name: 'Close record' }).click()
      await expect(record).toBeHidden()
    },
    async importCsv(path, { newType } = {}) {
      await page.getByRole('button', { name: 'More' }).first().click()
      await page.getByRole('menuitem', { name: 'Import CSV' }).click()
      const dialog = page.getByRole('dialog', { name: 'Import CSV' })
      await dialog.locator('input[type=file]').setInputFiles(path)
      if (newType !== undefined) await dialog.getByRole('textbox', { name: 'Name of the new type' }).fill(newType)
      await dialog.getByRole('button', { name: 'Import', exact: true }).click()
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
}
