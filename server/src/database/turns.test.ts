import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

/** Lets what waits go on as far as it can. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('one caller has a share, and those who wait take turns', async () => {
  const turns = createTurns({ all: 3, each: 2 })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const ask = (who: string) =>
    void turns(who).then((end) => {
      begun.push(who)
      ends.push(end)
    })
  for (const who of ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c']) ask(who)
  await settled()
  expect(begun).toEqual(['a', 'a', 'b'])

  for (let round = 0; round < 5; round += 1) {
    ends.shift()?.()
    await settled()
  }
  expect(begun.slice(3)).toEqual(['a', 'b', 'c', 'a', 'a'])
})

test('who has too much waiting is refused, and nobody else is', async () => {
  const turns = createTurns({ all: 2, each: 1 })
  const end = await turns('a')
  const waiting = Array.from({ length: 2000 }, () => turns('a'))

  await expect(turns('a')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  ;(await turns('b'))()
  end()
  for (const turn of waiting) (await turn)()
  ;(await turns('a'))()
})
