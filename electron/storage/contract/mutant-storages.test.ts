/** The contract is worth something only if a faulty storage fails it: each mutant fails the case that is named for it. */
import { describe, expect, it } from 'vitest'
import { makeFolder, openStorage } from '../storage-fixture.suite.ts'
import { runCase } from './contract-case.suite.ts'
import { makeMutant, MUTANTS } from './mutant-storages.suite.ts'
import { findCase } from './storage-contract.suite.ts'

describe('the contract catches', () => {
  for (const mutant of MUTANTS)
    it(`${mutant.fault}: "${mutant.caughtBy}"`, async () => {
      const caught = runCase(findCase(mutant.caughtBy), () => makeMutant(openStorage(makeFolder()), mutant))
      // An assertion of the case, not a mutant that cannot run.
      await expect(caught).rejects.toThrow(expect.objectContaining({ name: 'AssertionError' }) as Error)
    })

  it('nothing in a storage that is only wrapped', async () => {
    const same = { fault: 'none', caughtBy: '', mutate: () => ({}) }
    for (const { caughtBy } of MUTANTS)
      await runCase(findCase(caughtBy), () => makeMutant(openStorage(makeFolder()), same))
  })
})
