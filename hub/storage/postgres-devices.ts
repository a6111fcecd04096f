/**
 * The part of the PostgreSQL storage that knows who may come in: invites, devices, tokens, settings. It sees hashes of
 * tokens only. A pairing code works once, whichever hub process it is shown to.
 */
import { attempt, type PostgresConnection } from './postgres-connection.ts'
import type { HubStorage, KnownDevice, PairedDevice } from './storage.ts'

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

export function createPostgresDevices({ run, transact }: Pick<PostgresConnection, 'run' | 'transact'>): Devices {
  const accept = (acceptance: Parameters<HubStorage['acceptInvite']>[0]) =>
    transact(async ask => {
      const { now, inviteHash, tokenHash, device, name } = acceptance
      await ask(FORGET_OLD_INVITES, now)
      const [invite] = await ask<{ workspace: number }>(TAKE_INVITE, inviteHash)
      if (invite === undefined) return undefined
      await ask(ADD_DEVICE, device, invite.workspace, name, now)
      await ask(FORGET_TOKEN, device)
      await ask(ADD_TOKEN, tokenHash, device)
      const [workspace] = await ask<{ workspace: string; hashKey: string }>(READ_WORKSPACE, invite.workspace)
      return workspace
    })

  return {
    addInvite: async invite =>
      attempt(async () => {
        await run(ADD_INVITE, invite.tokenHash, invite.expiresAt, invite.workspace)
      }),
    acceptInvite: async acceptance => attempt(() => accept(acceptance)),
    findDevice: async hash => attempt(async () => (await run<PairedDevice>(FIND_DEVICE, hash))[0]),
    listDevices: async workspace => attempt(() => run<KnownDevice>(LIST_DEVICES, workspace ?? null)),
    markSeen: async (device, at) =>
      attempt(async () => {
        await run(MARK_SEEN, device, at)
      }),
    revokeDevice: async (device, workspace) =>
      attempt(async () => (await run(REVOKE, device, workspace ?? null)).length > 0),
    readSetting: async name => attempt(async () => (await run<{ value: string }>(READ_SETTING, name))[0]?.value),
    writeSetting: async (name, value) =>
      attempt(async () => {
        await run(WRITE_SETTING, name, value)
      }),
  }
}

const ADD_INVITE = {
  name: 'add-invite',
  text: 'INSERT INTO farfield.invite (hash, workspace, expires_at) SELECT $1, rid, $2 FROM farfield.workspace WHERE id = $3',
}
const FORGET_OLD_INVITES = { name: 'forget-invites', text: 'DELETE FROM farfield.invite WHERE expires_at <= $1' }
const TAKE_INVITE = { name: 'take-invite', text: 'DELETE FROM farfield.invite WHERE hash = $1 RETURNING workspace' }
const ADD_DEVICE = {
  name: 'add-device',
  text: `INSERT INTO farfield.device (id, workspace, name, paired_at, seen_at) VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (id) DO UPDATE SET workspace = excluded.workspace, name = excluded.name,
    paired_at = excluded.paired_at, seen_at = excluded.seen_at`,
}
const FORGET_TOKEN = { name: 'forget-token', text: 'DELETE FROM farfield.token WHERE device = $1' }
const ADD_TOKEN = { name: 'add-token', text: 'INSERT INTO farfield.token (hash, device) VALUES ($1, $2)' }
const READ_WORKSPACE = {
  name: 'read-workspace',
  text: 'SELECT id AS workspace, hash_key AS "hashKey" FROM farfield.workspace WHERE rid = $1',
}
const OWNED = 'farfield.device AS device JOIN farfield.workspace AS workspace ON workspace.rid = device.workspace'
const FIND_DEVICE = {
  name: 'find-device',
  text: `SELECT workspace.id AS workspace, device.id AS device FROM ${OWNED}
    JOIN farfield.token AS token ON token.device = device.id WHERE token.hash = $1`,
}
const LIST_DEVICES = {
  name: 'list-devices',
  text: `SELECT workspace.id AS workspace, device.id AS device, device.name, device.paired_at AS "pairedAt",
    device.seen_at AS "seenAt" FROM ${OWNED} JOIN farfield.token AS token ON token.device = device.id
    WHERE $1::text IS NULL OR workspace.id = $1 ORDER BY device.paired_at, device.id`,
}
const MARK_SEEN = {
  name: 'mark-seen',
  text: 'UPDATE farfield.device SET seen_at = greatest(seen_at, $2) WHERE id = $1',
}
const REVOKE = {
  name: 'revoke',
  text: `DELETE FROM farfield.token WHERE device = (SELECT device.id FROM ${OWNED}
    WHERE device.id = $1 AND ($2::text IS NULL OR workspace.id = $2)) RETURNING device`,
}
const READ_SETTING = { name: 'read-setting', text: 'SELECT value FROM farfield.setting WHERE name = $1' }
const WRITE_SETTING = {
  name: 'write-setting',
  text: 'INSERT INTO farfield.setting VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
}
