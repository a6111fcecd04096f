/**
 * The part of the SQLite storage that knows who may come in: invites, devices, tokens, settings. It sees hashes of
 * tokens only and must never store one that could be used.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import type { Acceptance, HubStorage, KnownDevice, Outcome, PairedDevice } from './storage.ts'

type Devices = Pick<
  HubStorage,
  | 'addInvite'
  | 'acceptInvite'
  | 'findDevice'
  | 'listDevices'
  | 'markSeen'
  | 'revokeDevice'
  | 'readSetting'
  | 'writeSetting'
>

export function createSqliteDevices(database: Database.Database, attempt: <T>(work: () => T) => Outcome<T>): Devices {
  const addInvite = database.prepare<[Uint8Array, number, string]>(
    'INSERT INTO invite (hash, workspace, expiresAt) SELECT ?, rid, ? FROM workspace WHERE id = ?',
  )
  const forgetOldInvites = database.prepare<[number]>('DELETE FROM invite WHERE expiresAt <= ?')
  const takeInvite = database.prepare<[Uint8Array], { workspace: number }>(
    'DELETE FROM invite WHERE hash = ? RETURNING workspace',
  )
  const addDevice = database.prepare<[string, number, string, number, number]>(
    'INSERT INTO device (id, workspace, name, pairedAt, seenAt) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT (id) DO UPDATE SET workspace = excluded.workspace, name = excluded.name, ' +
      'pairedAt = excluded.pairedAt, seenAt = excluded.seenAt',
  )
  const forgetToken = database.prepare<[string]>('DELETE FROM token WHERE device = ?')
  const addToken = database.prepare<[Uint8Array, string]>('INSERT INTO token (hash, device) VALUES (?, ?)')
  const readWorkspace = database.prepare<[number], { workspace: string; hashKey: string }>(
    'SELECT id AS workspace, hashKey FROM workspace WHERE rid = ?',
  )
  const findDevice = database.prepare<[Uint8Array], PairedDevice>(
    'SELECT workspace.id AS workspace, device.id AS device FROM token JOIN device ON device.id = token.device ' +
      'JOIN workspace ON workspace.rid = device.workspace WHERE token.hash = ?',
  )
  const listDevices = database.prepare<[{ workspace: string | null }], KnownDevice>(
    'SELECT workspace.id AS workspace, device.id AS device, device.name, device.pairedAt, device.seenAt FROM token ' +
      'JOIN device ON device.id = token.device JOIN workspace ON workspace.rid = device.workspace ' +
      'WHERE $workspace IS NULL OR workspace.id = $workspace ORDER BY device.pairedAt, device.id',
  )
  const markSeen = database.prepare<[number, string]>('UPDATE device SET seenAt = ? WHERE id = ?')
  const revoke = database.prepare<[{ device: string; workspace: string | null }]>(
    'DELETE FROM token WHERE device = (SELECT device.id FROM device JOIN workspace ON workspace.rid = device.workspace ' +
      'WHERE device.id = $device AND ($workspace IS NULL OR workspace.id = $workspace))',
  )
  const readSetting = database.prepare<[string], { value: string }>('SELECT value FROM setting WHERE name = ?')
  const writeSetting = database.prepare<[string, string]>('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')

  const accept = database.transaction((acceptance: Acceptance) => {
    forgetOldInvites.run(acceptance.now)
    const invite = takeInvite.get(acceptance.inviteHash)
    if (invite === undefined) return undefined
    addDevice.run(acceptance.device, invite.workspace, acceptance.name, acceptance.now, acceptance.now)
    forgetToken.run(acceptance.device)
    addToken.run(acceptance.tokenHash, acceptance.device)
    return readWorkspace.get(invite.workspace)
  })

  return {
    addInvite: async invite =>
      attempt(() => {
        addInvite.run(invite.tokenHash, invite.expiresAt, invite.workspace)
      }),
    acceptInvite: async acceptance => attempt(() => accept.immediate(acceptance)),
    findDevice: async hash => attempt(() => findDevice.get(hash)),
    listDevices: async workspace => attempt(() => listDevices.all({ workspace: workspace ?? null })),
    markSeen: async (device, at) =>
      attempt(() => {
        markSeen.run(at, device)
      }),
    revokeDevice: async (device, workspace) =>
      attempt(() => revoke.run({ device, workspace: workspace ?? null }).changes > 0),
    readSetting: async name => attempt(() => readSetting.get(name)?.value),
    writeSetting: async (name, value) =>
      attempt(() => {
        writeSetting.run(name, value)
      }),
  }
}
