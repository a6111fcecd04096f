/** Who may be talked to, and what happens when a hub misbehaves: a reason in words, and nothing lost. */
import { expect, test } from './fixtures/test.ts'
import { type Behaviour, openFalseHub } from './fixtures/false-hub.ts'
import { joinHub, type Seat, upToDate } from './fixtures/shared-workspace.ts'
import { sitAt } from './pages/desk.ts'

test('a hub with another key than the pairing code says is refused in plain words', async ({ laptop, hub }) => {
  const [depot, field] = await Promise.all([hub(), laptop('Field laptop')])
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  const spki = Buffer.alloc(32, 7).toString('base64url')
  const dialog = await desk.connect(await depot.pairingCode(code => ({ ...code, spki })))
  await expect(dialog.getByRole('alert')).toHaveText(
    'The hub’s certificate is not the one in the pairing code. Someone may be in between; nothing was sent.',
  )
  await expect(dialog).toBeVisible()
  // The one-time token was not spent on the wrong hub.
  await dialog.getByRole('textbox', { name: 'Pairing code' }).fill(await depot.pairingCode())
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(dialog).toBeHidden()
  await upToDate({ laptop: field, desk })
})

test('a pairing code works once; half of one is not sent anywhere', async ({ laptop, hub }) => {
  const [depot, field, office] = await Promise.all([hub(), laptop('Field laptop'), laptop('Office iMac')])
  const code = await depot.pairingCode()
  const desk = sitAt(field.page)
  const other = sitAt(office.page)
  await Promise.all([desk.begin('Field laptop'), other.begin('Office iMac')])
  await desk.connect(code)
  await upToDate({ laptop: field, desk })
  const dialog = await other.connect(code)
  await expect(dialog.getByRole('alert')).toHaveText(
    'The hub does not accept this code any more: it was used or has expired. Make a new one there.',
  )
  const before = depot.proxy.bytes.received
  await dialog.getByRole('textbox', { name: 'Pairing code' }).fill(code.slice(0, -8))
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(dialog.getByRole('alert')).toContainText('This is not a whole pairing code.')
  expect(depot.proxy.bytes.received).toBe(before)
})

test('a revoked laptop is told so, keeps its work, and comes back with a new code', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  await depot.revoke('Field laptop')
  await field.desk.fill('Notes', 'Written after being revoked')
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Hub needs a new code')
  await expect(await field.desk.openSync()).toContainText('The hub no longer knows this laptop')
  await field.desk.closeSync()
  await expect(field.desk.saved).toHaveText('Saved on this laptop')
  await expect(field.desk.field('Notes')).toHaveValue('Written after being revoked')
  const dialog = await field.desk.connect(await depot.pairingCode())
  await expect(dialog).toBeHidden()
  await expect(field.desk.saved).toHaveText('Sent')
  await upToDate(field)
})

test('somebody in between with a key of their own gets nothing', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const imposter = await hub()
  depot.proxy.aim(imposter.proxy.port)
  depot.proxy.cut()
  await field.desk.fill('Notes', 'Not for you')
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Hub not trusted')
  await expect(await field.desk.openSync()).toContainText('Nothing is sent until this is settled.')
  await field.desk.closeSync()
  // No more than what opens a handshake: no token, no record.
  expect(imposter.proxy.bytes.sent).toBeLessThan(4000)
  depot.proxy.aim(depot.port)
  // Another network, another way to the hub: it may try again.
  await field.laptop.bus.join({ name: 'Depot', uuid: '8f0c1a52-6c1e-4b1b-9f2e-3f6f6a0c0999' })
  await expect(field.desk.saved).toHaveText('Sent')
})

const MISBEHAVIOUR: readonly {
  readonly name: string
  readonly behave: Behaviour
  readonly chip: RegExp
  readonly sentence: string
}[] = [
  {
    name: 'rubbish instead of JSON',
    behave: () => ({ status: 200, body: '<html>It works!</html>' }),
    chip: /Hub not understood/,
    sentence: 'What answered is not a Farfield hub',
  },
  {
    name: 'JSON of another shape',
    behave: () => ({ status: 200, body: '{"documents":"none","answers":7,"digests":null}' }),
    chip: /Hub not understood/,
    sentence: 'Nothing was taken from it.',
  },
  {
    name: 'status 500',
    behave: () => ({ status: 500, body: '{"error":"internal"}' }),
    chip: /Hub has a problem/,
    sentence: 'The hub has a problem of its own',
  },
  {
    name: 'status 401',
    behave: () => ({ status: 401, body: '{"error":"unauthorized"}' }),
    chip: /Hub needs a new code/,
    sentence: 'Connect again with a new pairing code.',
  },
  {
    name: 'status 429 with Retry-After',
    behave: () => ({ status: 429, body: '{"error":"tooMany"}', headers: { 'retry-after': '7' } }),
    chip: /Hub busy, waits until/,
    sentence: 'The hub asked us to wait until',
  },
]

for (const { name, behave, chip, sentence } of MISBEHAVIOUR) {
  test(`a hub that answers ${name}: a reason in words, nothing lost`, async ({ laptop, hub }) => {
    const { depot, field } = await joinHub({ laptop, hub })
    const falseHub = await openFalseHub(depot, behave)
    await field.desk.fill('Notes', 'Kept whatever the hub says')
    await expect(field.desk.chip).toHaveAccessibleName(chip)
    await expect(await field.desk.openSync()).toContainText(sentence)
    await field.desk.closeSync()
    await expect(field.desk.saved).toHaveText('Saved on this laptop')
    expect(falseHub.answered).toBeGreaterThan(0)
    await falseHub.close()
    await comeBack(field)
    await expect(field.desk.saved).toHaveText('Sent')
    await expect(field.desk.field('Notes')).toHaveValue('Kept whatever the hub says')
  })
}

test('a hub that says nothing at all: a reason in words, nothing lost', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  depot.proxy.freeze(true)
  depot.proxy.cut()
  await field.desk.fill('Notes', 'Kept though nobody answers')
  await expect(field.desk.chip).toHaveAccessibleName(/Hub did not answer/, { timeout: 45_000 })
  await expect(field.desk.saved).toHaveText('Saved on this laptop')
  depot.proxy.freeze(false)
  await comeBack(field)
  await expect(field.desk.saved).toHaveText('Sent')
})

test('one record that the hub refuses as too large holds up no other (413)', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const falseHub = await openFalseHub(depot, ({ path, body }) =>
    path.endsWith('/push') && body.includes('Far too large') ? { status: 413, body: '{"error":"tooLarge"}' } : 'pass',
  )
  await field.desk.fill('Notes', 'Far too large')
  await field.desk.newRecord()
  await field.desk.fill('Site', 'Old mill')
  await expect(field.desk.saved).toHaveText('Sent')
  const popover = await field.desk.openSync()
  await expect(popover).toContainText(/1 record could not be sent/)
  await expect(popover).toContainText('Everything else goes on without them.')
  expect(falseHub.answered).toBeGreaterThan(0)
  await field.desk.closeSync()
  await field.desk.openRecord('North weir')
  await expect(field.desk.field('Notes')).toHaveValue('Far too large')
  await falseHub.close()
})

test('no token and no pairing code in what the app prints', async ({ laptop, hub }) => {
  const [depot, field] = await Promise.all([hub(), laptop('Field laptop')])
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  const code = await depot.pairingCode()
  const tokens: string[] = []
  const falseHub = await openFalseHub(depot, ({ bearer }) => {
    if (bearer !== undefined) tokens.push(bearer)
    return 'pass'
  })
  await desk.connect(code)
  await upToDate({ laptop: field, desk })
  await depot.kill()
  await desk.fill('Notes', 'Something to fail with')
  await expect(desk.chip).toHaveAccessibleName(/Hub did not answer/)
  await field.quit()
  await falseHub.close()
  expect(tokens.length).toBeGreaterThan(0)
  for (const secret of [...new Set(tokens), code, code.split('.').at(-1) ?? code]) {
    expect(field.output()).not.toContain(secret)
  }
})

/** As a person does who has heard that the hub is well again: another try, or a new network, where waiting would be long. */
async function comeBack({ desk, laptop }: Seat): Promise<void> {
  await laptop.bus.join({ name: 'Depot', uuid: '8f0c1a52-6c1e-4b1b-9f2e-3f6f6a0c0999' })
  await upToDate({ desk, laptop }, 60_000)
}
