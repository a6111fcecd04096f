import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createReporter, redact } from './redact.ts'

describe('what may be printed', () => {
  it('holds no key, token or pairing code', () => {
    for (let round = 0; round < 200; round++) {
      const bytes = randomBytes(32)
      for (const secret of [bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('base64')]) {
        for (const text of [`Authorization: Bearer ${secret}`, `{"token":"${secret}"}`, `key = ${secret}`]) {
          expect(redact(text)).not.toContain(secret.slice(0, 20))
        }
      }
      const code = `FARFIELD1.hub.example.org.8443.${bytes.toString('base64url')}.${randomBytes(16).toString('base64url')}`
      expect(redact(`pair with ${code} failed`)).toBe('pair with [pairing code] failed')
    }
  })

  it('holds no address and no user name', () => {
    expect(redact('open /home/ada/.config/Farfield/x')).toBe('open /home/[user]/.config/Farfield/x')
    expect(redact('C:\\Users\\Ada\\x')).toBe('C:\\Users\\[user]\\x')
    expect(redact('from ada@example.org')).toBe('from [address]')
  })

  it('still says what happened and where', () => {
    const printed: string[] = []
    const report = createReporter(text => printed.push(text))
    report(new TypeError('x is not a function'), 'records.edit')
    report('odd')
    expect(printed[0]).toMatch(/^Farfield \(records\.edit\): TypeError: x is not a function\n\s+at .*redact\.test\.ts/)
    expect(printed[1]).toBe('Farfield (background): odd')
  })
})
