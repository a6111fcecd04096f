/** Everything works with the network off, and what was typed outlives a power cut. */
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

test('an offline edit survives kill -9 of the app as soon as it says "Saved on this laptop"', async ({ laptop }) => {
  const field = await laptop('Field laptop')
  await field.bus.offline()
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.field('Site').fill('North weir')
  await desk.field('Notes').fill('Seal worn on the left side')
  await desk.field('Notes').blur()
  await expect(desk.saved).toHaveText('Saved on this laptop')
  await field.kill()

  await field.reopen()
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await again.openRecord('North weir')
  await expect(again.field('Notes')).toHaveValue('Seal worn on the left side')
})

test('edits keep being saved one by one: each survives the next power cut', async ({ laptop }) => {
  const field = await laptop('Field laptop')
  await field.bus.offline()
  await sitAt(field.page).begin('Field laptop')
  for (const site of ['North weir', 'Old mill', 'Lock 12']) {
    const desk = sitAt(field.page)
    await desk.goTo('Inspection')
    await desk.newRecord()
    await desk.fill('Site', site)
    await field.kill()
    await field.reopen()
  }
  const desk = sitAt(field.page)
  await desk.goTo('Inspection')
  for (const site of ['North weir', 'Old mill', 'Lock 12']) await expect(desk.row(site)).toBeVisible()
  await expect(desk.sidebar.getByRole('button', { name: /^Inspection/ })).toHaveText(/4$/)
})

test('offline, the chip says that everything is kept here and nothing asks for a network', async ({ laptop }) => {
  const field = await laptop('Field laptop')
  await field.bus.offline()
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await expect(desk.chip).toHaveAccessibleName(/On this laptop only$/)
  const popover = await desk.openSync()
  await expect(popover).toContainText('Everything is kept on this laptop')
})

test('the window comes back where it was, at the size it had, with the list and the filter it showed', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  await desk.newRecord()
  await desk.fill('Site', 'Old mill')
  await desk.goTo('Inspection')
  await desk.filter.fill('weir')
  await expect(desk.row('Old mill')).toHaveCount(0)
  await expect(desk.row('North weir')).toBeVisible()
  const bounds = { x: 40, y: 30, width: 1010, height: 640 }
  await field.app.evaluate(({ BrowserWindow }, place) => BrowserWindow.getAllWindows()[0]?.setBounds(place), bounds)
  await field.quit()
  await field.reopen({ size: null })
  const again = sitAt(field.page)
  await expect(again.grid).toHaveAccessibleName('Inspection, records')
  await expect(again.filter).toHaveValue('weir')
  await expect(again.row('North weir')).toBeVisible()
  await expect(again.rows).toHaveCount(1)
  await expect(again.record).toHaveCount(0)
  const after = await field.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds())
  expect(after).toEqual(bounds)
})
