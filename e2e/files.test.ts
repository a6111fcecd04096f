/** Photos and files of a record: dropped, chosen and pasted, seen again after a power cut, removed and brought back. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { examine } from './fixtures/examine.ts'
import { drop, takePhoto } from './fixtures/photo.ts'
import { filesWith } from './fixtures/plain-text.ts'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

const MARKER = 'Zebrafinch-7310-in-a-file'

/** Half a second of a film, recorded by the page, and made larger than one answer holds by an element that players skip. */
async function takeFilm(page: Page): Promise<Buffer> {
  const encoded = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    canvas.width = 64
    canvas.height = 48
    const context = canvas.getContext('2d')
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' })
    const pieces: Blob[] = []
    recorder.ondataavailable = event => pieces.push(event.data)
    const stopped = new Promise(resolve => (recorder.onstop = resolve))
    recorder.start()
    for (let frame = 0; frame < 15; frame++) {
      context?.fillRect(frame, frame, 20, 20)
      await new Promise(resolve => setTimeout(resolve, 40))
    }
    recorder.stop()
    await stopped
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer())
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  })
  const film = Buffer.from(encoded, 'base64')
  // EBML: the head's length, and a Void element of 3 MB between the head and the film.
  const head = 5 + ((film[4] ?? 0) & 0x7f)
  const gap = Buffer.alloc(3_000_000)
  gap.writeUIntBE(0xec01, 0, 2)
  gap.writeUIntBE(gap.length - 9, 3, 6)
  return Buffer.concat([film.subarray(0, head), gap, film.subarray(head)])
}

/** Of a drawn picture. */
const naturalSize = (image: Locator) =>
  image.evaluate((each: HTMLImageElement) => [each.naturalWidth, each.naturalHeight])

test('a photo that is dropped and files that are chosen are there after a power cut, and nowhere in plain', async ({
  laptop,
}, info) => {
  const home = await mkdtemp(join(tmpdir(), 'farfield-home-'))
  await mkdir(join(home, '.config'))
  await writeFile(join(home, '.config', 'user-dirs.dirs'), 'XDG_DOWNLOAD_DIR="$HOME/Saved"\n')
  const field = await laptop('Field laptop', { env: { HOME: home, TMPDIR: home } })
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  const photos = (at = desk) => at.record.getByRole('group', { name: 'Photos' })
  // The needed field that is left gets a line under it, which moves the button: the first click counts all the same.
  const opened = field.page.waitForEvent('filechooser')
  await photos().getByRole('button', { name: 'Add files…' }).first().click()
  await opened
  await expect(desk.record.getByText('Still needed.')).toBeVisible()
  await desk.fill('Site', 'North weir')
  const photo = await takePhoto(field.page, MARKER)
  await drop(photos(), 'north weir.jpg', 'image/jpeg', photo)
  const shown = photos().getByRole('button', { name: 'Show north weir.jpg' })
  await expect(shown).toContainText('JPEG')
  await expect.poll(() => naturalSize(shown.locator('img'))).toEqual([160, 320])

  const list = join(home, 'readings.csv')
  const log = join(home, 'logger.bin')
  await writeFile(list, `${MARKER},1\n`.repeat(100))
  await writeFile(log, Buffer.alloc(5_000_000, MARKER))
  const chooser = field.page.waitForEvent('filechooser')
  await photos().getByRole('button', { name: 'Add files…' }).first().click()
  await (await chooser).setFiles([list, log])
  await expect(desk.said('Added 2 files')).toBeVisible()
  await expect(photos().getByRole('listitem')).toHaveCount(3)
  await expect(photos().getByRole('listitem').nth(2)).toContainText('logger.bin5.0 MB')
  await examine(field.page, 'files of a record', info)
  // Dropped beside the field, it goes to it all the same, and no import begins; the same photo again is one.
  await drop(desk.record.getByRole('heading', { name: 'North weir' }), 'again.jpg', 'image/jpeg', photo)
  await expect(desk.said(/^Added/)).toBeVisible()
  await expect(field.page.getByRole('dialog')).toHaveCount(0)
  await expect(photos().getByRole('listitem')).toHaveCount(3)
  await rm(list)
  await rm(log)
  await field.kill()
  expect(await filesWith(MARKER, field.profile)).toEqual([])
  expect(await filesWith(MARKER, home)).toEqual([])

  await field.reopen()
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await expect(await again.cell('North weir', 'Photos')).toContainText('north weir.jpg, readings.csv')
  await again.openRecord('North weir')
  const face = photos(again).getByRole('button', { name: 'Show north weir.jpg' })
  await expect.poll(() => naturalSize(face.locator('img'))).toEqual([160, 320])
  await face.click()
  const dialog = field.page.getByRole('dialog', { name: 'north weir.jpg' })
  await expect.poll(() => naturalSize(dialog.getByRole('img'))).toEqual([600, 1200])
  await examine(field.page, 'a picture', info)
  await dialog.getByRole('button', { name: 'Save a copy…' }).click()
  await expect(again.said('Saved in Downloads as “north weir.jpg”')).toBeAttached()
  expect(photo.equals(await readFile(join(home, 'Saved', 'north weir.jpg')))).toBe(true)
  await rm(join(home, 'Saved'), { recursive: true })
  await field.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()

  await photos(again).getByRole('button', { name: 'Remove north weir.jpg' }).click()
  await expect(photos(again).getByRole('listitem')).toHaveCount(2)
  await field.page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => naturalSize(face.locator('img'))).toEqual([160, 320])
  await field.quit()
  expect(await filesWith(MARKER, field.profile)).toEqual([])
  // As after the folder was lost; there is no hub to fetch them from.
  await rm(join(field.profile, 'workspace', 'files'), { recursive: true })
  await field.reopen()
  await sitAt(field.page).goTo('Inspection')
  await sitAt(field.page).openRecord('North weir')
  await expect(photos(sitAt(field.page)).getByText('Not on this laptop', { exact: true })).toHaveCount(3)
  await field.quit()
  // The search can find: what it looks for is in this file.
  await writeFile(join(home, 'canary'), MARKER)
  expect(await filesWith(MARKER, home)).toEqual([join(home, 'canary')])
  await rm(home, { recursive: true })
})

test('a film plays from the disk piece by piece, and any part of a file can be asked for', async ({ laptop }) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  const film = await takeFilm(page)
  const photos = desk.record.getByRole('group', { name: 'Photos' })
  await drop(photos, 'weir.webm', 'video/webm', film)
  await photos.getByRole('button', { name: 'Show weir.webm' }).click()
  const player = page.getByRole('dialog', { name: 'weir.webm' }).locator('video')
  await expect
    .poll(() => player.evaluate((each: HTMLVideoElement) => [each.videoWidth, each.videoHeight]))
    .toEqual([64, 48])
  await player.evaluate((each: HTMLVideoElement) => each.play())
  await expect.poll(() => player.evaluate((each: HTMLVideoElement) => each.ended), { timeout: 30_000 }).toBe(true)
  const answers = await player.evaluate(async (each: HTMLVideoElement) => {
    const ask = async (range: string) => {
      const response = await fetch(`/attachment${new URL(each.src).pathname}`, { headers: { Range: range } })
      const bytes = new Uint8Array(await response.arrayBuffer())
      return [response.status, response.headers.get('Content-Range'), bytes.length, bytes[0]]
    }
    return [await ask('bytes=1-2'), await ask('bytes=9999999-')]
  })
  expect(answers).toEqual([
    [206, `bytes 1-2/${film.length}`, 2, film[1]],
    [416, `bytes */${film.length}`, 0, undefined],
  ])
})

test('a picture that was copied elsewhere is pasted into the record', async ({ laptop }) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 200)
    canvas.getContext('2d')?.fillRect(0, 0, 100, 100)
    const picture = await canvas.convertToBlob({ type: 'image/png' })
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })])
  })
  await desk.record.getByRole('button', { name: 'Add files…' }).first().focus()
  await page.keyboard.press('Control+v')
  await expect(desk.record.getByRole('button', { name: /^Show Pasted .*\.png$/ })).toBeVisible()
})
