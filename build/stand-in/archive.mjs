// Just enough zip reading and asar writing to turn one known zip into an Electron dist folder without other programs.
// It reads only zips whose checksum was verified before; it is not a general unzip.
import { chmod, mkdir, open, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'

const inflate = promisify(inflateRaw)
const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

/** Extracts entries for which `place(name)` returns a relative path; modes and symlinks are kept. */
export async function extractZip(zipPath, folder, place) {
  const file = await open(zipPath)
  try {
    const { size } = await file.stat()
    const read = async (position, length) => (await file.read(Buffer.alloc(length), 0, length, position)).buffer
    const end = await read(Math.max(0, size - 65_557), Math.min(size, 65_557))
    const at = findLast(end, endOfDirectory)
    const directory = await read(end.readUInt32LE(at + 16), end.readUInt32LE(at + 12))
    for (let cursor = 0; cursor + 46 <= directory.length && directory.readUInt32LE(cursor) === directoryEntry;) {
      const nameLength = directory.readUInt16LE(cursor + 28)
      const entry = {
        name: directory.toString('utf8', cursor + 46, cursor + 46 + nameLength),
        method: directory.readUInt16LE(cursor + 10),
        packed: directory.readUInt32LE(cursor + 20),
        mode: directory.readUInt32LE(cursor + 38) >>> 16,
        offset: directory.readUInt32LE(cursor + 42),
      }
      cursor += 46 + nameLength + directory.readUInt16LE(cursor + 30) + directory.readUInt16LE(cursor + 32)
      const relative = entry.name.endsWith('/') ? undefined : place(entry.name)
      if (relative === undefined) continue
      const header = await read(entry.offset, 30)
      const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
      const packed = await read(start, entry.packed)
      await put(join(folder, relative), entry.mode, entry.method === 0 ? packed : await inflate(packed))
    }
  } finally {
    await file.close()
  }
}

function findLast(buffer, signature) {
  for (let at = buffer.length - 22; at >= 0; at--) if (buffer.readUInt32LE(at) === signature) return at
  throw new Error('not a zip file')
}

async function put(path, mode, content) {
  await mkdir(dirname(path), { recursive: true })
  if ((mode & 0o170000) === 0o120000) return symlink(content.toString('utf8'), path)
  await writeFile(path, content)
  if (mode & 0o777) await chmod(path, mode & 0o777)
}

/** Writes an asar archive holding `files` (name -> text), all at its top level. */
export async function writeAsar(path, files) {
  const header = { files: {} }
  const bodies = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text)
    header.files[name] = { size: body.length, offset: String(offset) }
    offset += body.length
    bodies.push(body)
  }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Math.ceil(json.length / 4) * 4
  const head = Buffer.alloc(16 + padded)
  head.writeUInt32LE(4, 0)
  head.writeUInt32LE(padded + 8, 4)
  head.writeUInt32LE(padded + 4, 8)
  head.writeUInt32LE(json.length, 12)
  json.copy(head, 16)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, Buffer.concat([head, ...bodies]))
}
