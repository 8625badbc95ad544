import { expect, test } from 'vitest'
import { exchanges, messages } from '../server/src/messages/messages.ts'
import { queues } from '../server/src/messages/queues.ts'
import {
  executionMoves,
  rawSql,
  tableOwners,
  transactionFolder,
  wireFolder,
  writtenByTriggers,
} from './ownership-rules.ts'
import { occurrences, program, server, sourceOf } from './source.ts'
import { tablesOfMigrations, type Write, writesOf } from './sql.ts'

const writes = server.flatMap(writesOf)
const show = ({ path, line, verb, table }: Write) => `${path}:${line} ${verb} ${table}`

/** A table that is not listed is written by the noun of its name, in whatever wing that is. */
function isOwner(path: string, table: string): boolean {
  const owner = tableOwners[table]
  if (owner !== undefined) return path.startsWith(`server/src/${owner}/`)
  const [, noun] = /^server\/src\/domain\/\w+\/([^/]+)\//.exec(path) ?? []
  return noun === table.replaceAll('_', '-')
}

test('the scan of SQL tells what writes from what only looks like it', () => {
  const code = [
    'sql`select 1 from a for update skip locked`',
    'sql`insert into b (x) values (1) on conflict (x) do update set x = 2`',
    'sql`with gone as (delete from c returning *) update d as e set x = 1 from gone`',
    'sql`create trigger t before update on f for each row`',
  ].join('\n')

  const found = writesOf(sourceOf('p.ts', code))

  expect(found.map(({ line, verb, table }) => `${line} ${verb} ${table}`)).toEqual([
    '2 insert b',
    '3 delete c',
    '3 update d',
  ])
})

test('a table is written by one folder', () => {
  expect(writes.filter(({ path, table }) => !isOwner(path, table)).map(show)).toEqual([])
})

test('every listed owner has a table, and every table that is written exists', () => {
  const tables = tablesOfMigrations()
  const known = new Set([...tables, 'migration'])

  expect(Object.keys(tableOwners).filter((table) => !known.has(table))).toEqual([])
  expect(writes.filter(({ table }) => !known.has(table)).map(show)).toEqual([])
})

test('what triggers of the database write, the program does not', () => {
  expect(writes.filter(({ table }) => writtenByTriggers.includes(table)).map(show)).toEqual([])
})

test('the status of an execution is set in one file alone', () => {
  const setsStatus = ({ verb, table, text }: Write) =>
    verb === 'update' &&
    table === 'execution' &&
    /\bstatus\s*=/.test(text.split(/\b(?:from|where|returning)\b/)[0] ?? '')
  const moves = writes.filter(setsStatus)

  expect(moves).not.toEqual([])
  expect(moves.filter(({ path }) => path !== executionMoves).map(show)).toEqual([])
})

test('transactions begin and end in the database folder alone', () => {
  const elsewhere = server.filter(({ path }) => !path.startsWith(transactionFolder))
  const words =
    /['"`](?:begin|start transaction|commit|rollback|savepoint \w+|release savepoint \w+)\b[^'"`\n]*['"`]/gi

  expect(occurrences(elsewhere, 'code', words)).toEqual([])
})

test('text is taken as SQL in the listed places alone', () => {
  const elsewhere = server.filter(({ path }) => !path.startsWith(transactionFolder))
  const calls = elsewhere.filter(({ bare }) => /\braw\(/.test(bare)).map(({ path }) => path)

  expect(calls.toSorted()).toEqual(Object.keys(rawSql).toSorted())
})

/** `worker.{worker_id}.executions` also finds `worker.${id}.executions` and `worker.7.executions`. */
function spelled(template: string): string {
  return template
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{') ? String.raw`(?:\$?\{[^}]*\}|\w+)` : part.replaceAll('.', String.raw`\.`),
    )
    .join('')
}

test('exchanges, routing keys and queues are named in the messages folder alone', () => {
  const names = [...Object.values(exchanges), ...Object.values(queues)].map(
    ({ name }) => `${spelled(name)}(?![\\w.])`,
  )
  const keys = Object.values(messages).map(({ key }) => `(?<=['"\`])${spelled(key)}(?=['"\`])`)
  const words = new RegExp(
    [...names, ...keys, String.raw`attune\.dlx`, String.raw`(?<=['"\`])worker\.\$\{`].join('|'),
    'g',
  )
  // The bench measures against rows that it writes by hand, so it has to spell them.
  const elsewhere = program.filter(({ path }) => !path.startsWith(wireFolder) && !path.startsWith('bench/'))

  expect(occurrences(program, 'code', words)).not.toEqual([])
  expect(occurrences(elsewhere, 'code', words)).toEqual([])
})

test('messages are written by publish() alone, and the broker is spoken to by its transport alone', () => {
  const elsewhere = server.filter(({ path }) => !path.startsWith(wireFolder))

  expect(
    occurrences(
      elsewhere,
      'bare',
      /\btx\.post\(|\.assertQueue\(|\.assertExchange\(|\.bindQueue\(|\.sendToQueue\(/g,
    ),
  ).toEqual([])
})
