import { expect, test } from 'vitest'
import { commitCounter, createCommitLies } from './commit-lies.ts'

const message = (type: string, body: string) => {
  const content = Buffer.from(`${body}\0`, 'latin1')
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeUInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}
const stream = Buffer.concat([
  message('R', 'authentication'),
  message('C', 'BEGIN'),
  message('D', 'a row that says COMMIT'),
  message('C', 'INSERT 0 1'),
  message('C', 'COMMIT'),
  message('C', 'ROLLBACK'),
  message('C', 'COMMIT'),
])

test('commits are counted wherever the stream is cut', () => {
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const commits = commitCounter()

    expect(commits(stream.subarray(0, cut)) + commits(stream.subarray(cut))).toBe(2)
  }
})

test('every nth commit of all connections is withheld while lies are told', () => {
  const lies = createCommitLies()
  const [one, other] = [lies.inspect(), lies.inspect()]
  const commit = message('C', 'COMMIT')

  expect([one(commit), other(commit)]).toEqual([true, true])
  lies.every(2)
  expect([one(commit), other(commit), one(commit), one(commit)]).toEqual([true, false, true, false])
  lies.every(0)
  expect([one(commit), other(commit)]).toEqual([true, true])
  expect(lies.told()).toBe(2)
})
