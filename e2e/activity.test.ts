/** Activity: what was exchanged and why nothing was, kept over a restart; and what is held back, with a way on. */
import { openFalseHub } from './fixtures/false-hub.ts'
import { joinHub, upToDate } from './fixtures/shared-workspace.ts'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

test('every exchange and every pause is a line that outlives a restart', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  await depot.kill()
  await field.desk.fill('Notes', 'Nobody there')
  await expect(field.desk.chip).toHaveAccessibleName(/Hub did not answer/)
  const popover = await field.desk.openSync()
  await popover.getByRole('button', { name: 'Activity' }).press('Enter')
  const { page } = field.laptop
  await expect(page.getByRole('heading', { name: 'Activity' })).toBeVisible()
  const line = (text: RegExp) =>
    page.getByRole('table', { name: 'Exchanges' }).getByRole('row').filter({ hasText: text })
  await expect(line(/\d sent.*Both sides are the same/)).toHaveCount(1)
  await expect(line(/The hub did not answer/)).toHaveCount(1)
  await page.getByLabel('Show').selectOption('What did not go well')
  await expect(line(/Both sides are the same/)).toHaveCount(0)
  await field.laptop.bus.battery(43)
  await expect(page.getByRole('listitem').filter({ hasText: /to \d\d:\d\d: Paused, battery/ })).toBeAttached()

  await field.laptop.quit()
  await field.laptop.reopen()
  const again = field.laptop.page
  await expect(again.getByRole('heading', { name: 'Activity' })).toBeVisible()
  await expect(again.getByRole('row').filter({ hasText: /\d sent.*Both sides are the same/ })).toHaveCount(1)
})

test('what the hub does not take is named, opens, and goes once it is tried again', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const falseHub = await openFalseHub(depot, ({ path, body }) =>
    path.endsWith('/push') && body.includes('Far too large') ? { status: 413, body: '{"error":"tooLarge"}' } : 'pass',
  )
  await field.desk.fill('Notes', 'Far too large')
  const popover = await field.desk.openSync()
  await popover.getByRole('button', { name: 'Which and why' }).click()
  const { page } = field.laptop
  const held = page.getByRole('region', { name: 'Held back' })
  await expect(held).toContainText('It is too large for the hub. Make it smaller, and it is sent.')
  await held.getByRole('button', { name: 'North weir' }).click()
  await expect(field.desk.field('Notes')).toHaveValue('Far too large')

  await falseHub.close()
  await sitAt(page).openSync()
  await page.getByRole('button', { name: 'Which and why' }).click()
  await held.getByRole('button', { name: 'Try again' }).click()
  await upToDate(field)
  await expect(held).toBeHidden()
})
