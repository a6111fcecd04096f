/** Settling clashes: by keyboard alone, in place, and what a person sees when somebody else was faster. */
import { expect, test } from './fixtures/test.ts'
import { goOffline, goOnline, shareWorkspace, type SharedWorkspace, upToDate } from './fixtures/shared-workspace.ts'

/** Two clashes on the one record: its follow-up date and its inspector. The office's values show, being later. */
async function clashTwice(shared: SharedWorkspace): Promise<void> {
  const { field, office } = shared
  await goOffline(field, office)
  await field.desk.fill('Follow-up by', '2026-12-04')
  await field.desk.fill('Inspector', 'Mina Okafor')
  await office.desk.fill('Follow-up by', '2026-12-11')
  await office.desk.fill('Inspector', 'Jonas Keller')
  await goOnline(field, office)
  for (const { desk } of [field, office]) {
    await expect(desk.needsYou).toBeVisible()
    await expect(desk.record.getByRole('button', { name: /^Also / })).toHaveCount(2)
  }
}

test('by keyboard alone: 1, 0 and 2 choose, Enter keeps, U takes back, J and S go on', async ({ laptop, hub }) => {
  const shared = await shareWorkspace({ laptop, hub })
  await clashTwice(shared)
  const { field, office } = shared
  const { page } = field.laptop
  const press = (key: string): Promise<void> => page.keyboard.press(key)

  await press('Control+K')
  await expect(page.getByRole('dialog', { name: 'Search' })).toBeVisible()
  await page.keyboard.type('needs you')
  await press('Enter')
  const position = page.getByText(/^\d of \d$/)
  await expect(position).toHaveText('1 of 2')
  const cards = page.getByRole('radiogroup')
  // Opening has chosen nothing.
  await expect(cards.getByRole('radio', { checked: true })).toHaveCount(0)

  await press('j')
  await expect(position).toHaveText('2 of 2')
  await press('k')
  await expect(position).toHaveText('1 of 2')

  await press('2')
  await expect(cards.getByRole('radio', { checked: true })).toHaveAccessibleName(/Field laptop/)
  await press('Enter')
  await expect(position).toHaveText('1 of 1')
  await press('u')
  await expect(position).toHaveText(/ of 2$/)

  await press('2')
  await press('Enter')
  await expect(position).toHaveText('1 of 1')
  await press('0')
  await expect(cards.getByRole('radio', { checked: true })).toHaveAccessibleName(/Before/)
  await press('1')
  // What was settled and taken back shows this laptop as its writer: taking back is an edit of its own (M13).
  await expect(cards.getByRole('radio', { checked: true })).toHaveAccessibleName(/shown now/)
  await press('Enter')
  await expect(page.getByText('Nothing needs you')).toBeVisible()
  await expect(field.desk.needsYou).toBeHidden()

  // One of the field's and one of the office's; on both laptops.
  await expect(office.desk.needsYou).toBeHidden()
  await expect(office.desk.record.getByRole('button', { name: /^Also / })).toHaveCount(0)
  const values = [
    await office.desk.field('Follow-up by').inputValue(),
    await office.desk.field('Inspector').inputValue(),
  ]
  expect([
    ['2026-12-04', 'Jonas Keller'],
    ['2026-12-11', 'Mina Okafor'],
  ]).toContainEqual(values)
  await field.desk.goTo('Inspection')
  await field.desk.openRecord('North weir')
  await expect(field.desk.field('Follow-up by')).toHaveValue(values[0] ?? '')
  await expect(field.desk.field('Inspector')).toHaveValue(values[1] ?? '')
  await upToDate(field)
})

test('settled elsewhere while being looked at: it leaves by itself and says where', async ({ laptop, hub }) => {
  const shared = await shareWorkspace({ laptop, hub })
  await clashTwice(shared)
  const { field, office } = shared
  await field.desk.needsYou.click()
  await expect(field.laptop.page.getByText('1 of 2')).toBeVisible()

  // In place, at the field, on the other laptop.
  const { record } = office.desk
  await record.getByRole('button', { name: /^Also 2026-12-04/ }).click()
  await record.getByRole('radio', { name: /2026-12-04/ }).check()
  await record.getByRole('button', { name: 'Keep this' }).click()
  await expect(office.desk.field('Follow-up by')).toHaveValue('2026-12-04')
  await expect(field.desk.said('Settled on Office iMac just now')).toBeAttached()
  await expect(field.laptop.page.getByText('1 of 1')).toBeVisible()
  await expect(field.desk.needsYou).toBeVisible()
})
