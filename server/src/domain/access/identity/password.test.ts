import { expect, test } from 'vitest'
import { createPasswordCheck, hashPassword } from './password.ts'

test('a password is known by its hash, and no other one is', async () => {
  const check = createPasswordCheck()
  const stored = await hashPassword('correct horse')

  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await check('correct horse', stored)).toBe(true)
  expect(await check('wrong horse', stored)).toBe(false)
})

test('nothing opens an account without a password, or with one that is no hash', async () => {
  const check = createPasswordCheck()

  expect(await check('', null)).toBe(false)
  expect(await check('plain', 'plain')).toBe(false)
})
