/**
 * The popover's checklist: power, network and provider, each passing or not, with the facts behind it. Pure; it shows the
 * gates as they stand and decides nothing.
 */
import type { Check, ScheduleInputs, ScheduleMemory } from '../schedule.ts'
import { standingGates } from './evaluate.ts'
import { effectiveMetering, strictest, type GateName } from './gates.ts'

export function listChecks(inputs: ScheduleInputs, memory: ScheduleMemory): readonly Check[] {
  const gates = standingGates(inputs, memory)
  const judge = (names: readonly GateName[]) => {
    const gate = strictest(gates.filter(each => names.includes(each.name)))
    const mode = gate?.mode ?? 'none'
    return { passes: mode !== 'none', reason: mode === 'full' ? null : (gate?.reason ?? null), gate }
  }
  const { reading, provider } = inputs
  const power = judge(['power', 'saver'])
  const network = judge(['offline', 'captive', 'network'])
  const there = judge(['adminOff', 'off', 'trouble', 'retryAfter', 'backoff'])
  const metering = effectiveMetering(inputs)
  const chosen = reading.networkId !== null && Object.hasOwn(inputs.policy.networks, reading.networkId)
  return [
    {
      name: 'power',
      passes: power.passes,
      reason: power.reason,
      power: reading.power,
      level: reading.level,
      saver: reading.saver,
    },
    {
      name: 'network',
      passes: network.passes,
      reason: network.reason,
      network: reading.networkName,
      metering,
      from: chosen ? 'you' : reading.guessed ? 'guess' : 'system',
    },
    {
      name: 'provider',
      passes: there.passes,
      reason: there.reason,
      until: there.gate?.changesAt ?? null,
      detail: provider.trouble?.detail ?? null,
    },
  ]
}
