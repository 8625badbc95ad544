import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { controlFolder, findBarrier, stateFolder } from './placement.ts'

/** <open>/outer/inner, where `open` is a folder that everyone may pass. */
function folders(): { outer: string; inner: string } {
  const open = mkdtempSync(join(tmpdir(), 'attune-placement-'))
  onTestFinished(() => rmSync(open, { recursive: true, force: true }))
  const outer = join(open, 'outer')
  const inner = join(outer, 'inner')
  mkdirSync(inner, { recursive: true })
  for (const path of [open, outer, inner]) chmodSync(path, 0o711)
  return { outer, inner }
}

test('there is no barrier where everyone may pass, readable or not', () => {
  const { inner } = folders()

  expect(findBarrier(inner)).toBeUndefined()
})

test('the outermost folder that others may not pass is the barrier', () => {
  const { outer, inner } = folders()
  chmodSync(inner, 0o700)
  chmodSync(outer, 0o744)

  expect(findBarrier(inner)).toBe(outer)
})

test('the owner of a closed folder may pass it', () => {
  const { outer, inner } = folders()
  chmodSync(outer, 0o700)

  expect(findBarrier(inner, statSync(outer).uid)).toBeUndefined()
})

test('the folder of a home is in the home, where that can be reached', async () => {
  const { inner } = folders()
  const control = await controlFolder(inner)

  expect(await stateFolder(control, () => undefined)).toBe(join(inner, 'postgres'))
})

test('a remembered folder is used', async () => {
  const { outer, inner } = folders()
  const control = await controlFolder(inner)
  writeFileSync(join(control, 'location'), `${outer}\n`)

  expect(await stateFolder(control, () => undefined)).toBe(outer)
})

test('a remembered folder that is gone is not replaced by an empty one', async () => {
  const { inner } = folders()
  const control = await controlFolder(inner)
  writeFileSync(join(control, 'location'), '/nonexistent/attune\n')

  await expect(stateFolder(control, () => undefined)).rejects.toThrow(/kept in \/nonexistent\/attune/)
})
