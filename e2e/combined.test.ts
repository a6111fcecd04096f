/** Long text that two laptops changed, and fields that somebody is in while a change arrives from elsewhere. */
import { expect, test } from './fixtures/test.ts'
import { goOffline, goOnline, shareWorkspace, type SharedWorkspace, upToDate } from './fixtures/shared-workspace.ts'

const NOTE = 'The north gate was checked today. The seal is worn and the crew has ordered a new one. Pressure normal.'
const [SOUTH, LOW] = [NOTE.replace('north', 'south'), NOTE.replace('normal', 'low')]
const BOTH = SOUTH.replace('normal', 'low')

async function shareNote(shared: SharedWorkspace): Promise<void> {
  const { field, office } = shared
  await field.desk.fill('Notes', NOTE)
  await expect(office.desk.field('Notes')).toHaveValue(NOTE)
  await upToDate(field)
}

test('M4 different places of one text, changed on two laptops, are combined; one key takes it back', async ({
  laptop,
  hub,
}) => {
  const shared = await shareWorkspace({ laptop, hub })
  const { field, office } = shared
  await shareNote(shared)
  await goOffline(field, office)
  await field.desk.fill('Notes', SOUTH)
  await office.desk.fill('Notes', LOW)
  await goOnline(field, office)
  for (const { desk } of [field, office]) {
    await expect(desk.field('Notes')).toHaveValue(BOTH)
    await expect(desk.record.getByRole('button', { name: 'Combined from two devices', exact: true })).toBeVisible()
    await expect(desk.needsYou).toBeHidden()
  }

  const { record } = field.desk
  await record.getByRole('button', { name: 'Combined from two devices', exact: true }).click()
  const sides = record.getByRole('list', { name: 'Notes as each device had it' })
  await expect(sides.getByRole('listitem')).toHaveCount(2)
  await expect(sides).toContainText('Field laptop (this laptop)')
  await expect(sides).toContainText('Office iMac')

  await record.getByRole('button', { name: /^Undo: Notes/ }).press('Enter')
  await expect(field.desk.field('Notes')).toHaveValue(SOUTH)
  await expect(office.desk.field('Notes')).toHaveValue(SOUTH)
  await expect(record.getByRole('button', { name: 'Combined from two devices', exact: true })).toBeHidden()
  const history = await field.desk.showHistory()
  await expect(history.getByText('Combined from two devices')).toHaveCount(2)
})

test('M14 a change from elsewhere waits while the cursor is in the field, and is there when it leaves', async ({
  laptop,
  hub,
}) => {
  const shared = await shareWorkspace({ laptop, hub })
  const { field, office } = shared
  await shareNote(shared)
  const notes = field.desk.field('Notes')
  const notice = field.desk.record.getByRole('button', { name: 'Changed on Office iMac, show' })

  await notes.click()
  await office.desk.fill('Notes', LOW)
  await expect(notice).toBeVisible()
  await expect(notes).toHaveValue(NOTE)
  // Left without a word typed: what came is there, on both laptops, and nothing was written over it.
  await field.desk.field('Site').click()
  await expect(notes).toHaveValue(LOW)
  await expect(notice).toBeHidden()
  await upToDate(field)
  await expect(office.desk.field('Notes')).toHaveValue(LOW)

  // Shown at once when asked for.
  await notes.click()
  await office.desk.fill('Notes', NOTE)
  await notice.click()
  await expect(notes).toHaveValue(NOTE)
  await field.desk.field('Site').click()

  // Typed into while something else is there already: both are kept.
  await notes.click()
  await office.desk.fill('Notes', LOW)
  await expect(notice).toBeVisible()
  await notes.fill(SOUTH)
  await expect(notes).toHaveValue(SOUTH)
  await field.desk.field('Site').click()
  await expect(notes).toHaveValue(BOTH)
  await expect(office.desk.field('Notes')).toHaveValue(BOTH)

  // A line of text cannot be combined: what was typed shows, and the other waits beside it.
  const inspector = field.desk.field('Inspector')
  await inspector.click()
  await office.desk.fill('Inspector', 'Mina Okafor')
  await expect(field.desk.record.getByRole('button', { name: 'Changed on Office iMac, show' })).toBeVisible()
  await inspector.fill('Jonas Keller')
  await field.desk.field('Site').click()
  await expect(inspector).toHaveValue('Jonas Keller')
  await expect(field.desk.record.getByRole('button', { name: /^Also Mina Okafor/ })).toBeVisible()
  await expect(office.desk.record.getByRole('button', { name: /^Also Mina Okafor/ })).toBeVisible()
})

test('M4 M6 texts changed too near one another are shown side by side, with what each device put in and took out', async ({
  laptop,
  hub,
}) => {
  const shared = await shareWorkspace({ laptop, hub })
  const { field, office } = shared
  await shareNote(shared)
  await goOffline(field, office)
  await field.desk.fill('Notes', NOTE.replace('normal', '1.9 bar'))
  await office.desk.fill('Notes', NOTE.replace('normal', 'high since noon'))
  await goOnline(field, office)
  await field.desk.needsYou.click()
  const cards = field.laptop.page.getByRole('radiogroup', { name: 'Notes' })
  const [mine, theirs] = ['Field laptop', 'Office iMac'].map(name => cards.getByRole('radio', { name }))
  await expect(mine?.getByRole('insertion') ?? cards).toContainText('1.9 bar')
  await expect(theirs?.getByRole('insertion') ?? cards).toContainText('high since noon')
  await expect(cards.getByRole('deletion').filter({ hasText: 'normal' })).toHaveCount(2)
  await expect(cards.getByRole('radio', { name: /Before/ })).toContainText(NOTE)
})

test('M5 a field set to keep the newest asks nobody; the other value is in its history', async ({ laptop, hub }) => {
  const shared = await shareWorkspace({ laptop, hub })
  const { field, office } = shared
  const { page } = field.laptop
  await field.desk.more('Edit record type')
  const dialog = page.getByRole('dialog', { name: 'Edit Inspection' })
  await dialog.getByRole('button', { name: 'Options of Inspector' }).click()
  await dialog.getByRole('button', { name: /Two edits at once$/ }).click()
  await page.getByRole('option', { name: 'Keep the newest' }).click()
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(dialog).toBeHidden()
  await upToDate(field)
  await upToDate(office)

  await goOffline(field, office)
  await field.desk.fill('Inspector', 'Mina Okafor')
  await office.desk.fill('Inspector', 'Jonas Keller')
  await goOnline(field, office)
  for (const { desk } of [field, office]) {
    await expect(desk.field('Inspector')).toHaveValue('Jonas Keller')
    await expect(desk.needsYou).toBeHidden()
  }
  const history = await office.desk.showHistory()
  await expect(history.getByRole('deletion').filter({ hasText: 'Mina Okafor' })).toBeVisible()
})
