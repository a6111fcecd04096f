/**
 * RxDB 17.6's RxStorage contract, which any storage can be held against. It looks only at the public interface, so that a
 * difference between two storages shows on which side the fault is.
 */
import { describe, expect, it } from 'vitest'
import { ATTACHMENTS } from './contract-attachments.suite.ts'
import type { ContractCase, StorageFactory } from './contract-case.suite.ts'
import { runCase } from './contract-case.suite.ts'
import { CHANGES } from './contract-changes.suite.ts'
import { LIFECYCLE } from './contract-lifecycle.suite.ts'
import { OPERATORS } from './contract-operators.suite.ts'
import { ORDER } from './contract-order.suite.ts'
import { STRANGE_VALUES } from './contract-strange.suite.ts'
import { WRITES } from './contract-writes.suite.ts'

const TOPICS: { readonly [topic: string]: readonly ContractCase[] } = {
  writes: WRITES,
  changes: CHANGES,
  selectors: OPERATORS,
  order: ORDER,
  attachments: ATTACHMENTS,
  lifecycle: LIFECYCLE,
  'strange values': STRANGE_VALUES,
}

/** Why a storage fails a case, by the case's name. */
export interface Exceptions {
  readonly [caseName: string]: string
}

/** @throws RangeError where there is no such case */
export function findCase(name: string): ContractCase {
  const found = Object.values(TOPICS)
    .flat()
    .find(each => each.name === name)
  if (!found) throw new RangeError(`The contract has no case "${name}"`)
  return found
}

/**
 * An exception is a promise too: it goes red once the storage keeps the contract there. `most` bounds how many documents a
 * case works with.
 */
export function describeStorageContract(
  name: string,
  open: StorageFactory,
  exceptions: Exceptions = {},
  most?: number,
): void {
  for (const exception of Object.keys(exceptions)) findCase(exception)
  describe(`RxStorage contract: ${name}`, () => {
    for (const [topic, cases] of Object.entries(TOPICS))
      describe(topic, () => {
        for (const each of cases) {
          const reason = exceptions[each.name]
          if (reason === undefined) it(each.name, () => runCase(each, open, most))
          else
            it(`not here (${reason}): ${each.name}`, async () => {
              await expect(runCase(each, open, most)).rejects.toThrow()
            })
        }
      })
  })
}
