import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ProbeReading } from '../../core/model/schedule.ts'
import { openOtherPlatformProbe, parsePower } from './other-platforms.ts'
import { unknownReading } from './probe.ts'

describe('the probe for other platforms', () => {
  it('S5 tells power where it is told, and nothing else', () => {
    expect(parsePower({ onBattery: undefined }, 'windows', 3)).toEqual(unknownReading('windows', 3))
    expect(parsePower({ onBattery: true }, 'windows', 3)).toEqual({ ...unknownReading('windows', 3), power: 'battery' })
    expect(parsePower({ onBattery: false }, 'macos', 3)).toEqual({ ...unknownReading('macos', 3), power: 'mains' })
  })

  it('reads at once, on each change and when asked; shows only what differs; is silent once closed', async () => {
    let onBattery: boolean | undefined = false
    const powerChanged$ = new Subject<void>()
    const probe = openOtherPlatformProbe({
      source: 'macos',
      readPower: () => ({ onBattery }),
      powerChanged$,
      now: () => 0,
    })
    const seen: ProbeReading['power'][] = []
    probe.readings$.subscribe(reading => seen.push(reading.power))
    powerChanged$.next()
    onBattery = true
    powerChanged$.next()
    onBattery = undefined
    probe.refresh()
    expect(seen).toEqual(['mains', 'battery', 'unknown'])
    await probe.close()
    onBattery = false
    powerChanged$.next()
    expect(seen).toHaveLength(3)
  })
})
