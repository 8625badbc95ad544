import { expect, test } from 'vitest'
import { flowTables, ordered, uniqueKeys } from './lock-rules.ts'
import { server, sourceOf } from './source.ts'
import { tablesOfMigrations, type Write, writesOf } from './sql.ts'

/*
 * Two statements that lock several rows of one table wait for each other for ever when they take them in different
 * order, and a statement takes them in the order in which its plan happens to meet them. So one that changes several
 * says the order itself, and those that insert keys that another may insert at the same moment do so too.
 */

const show = ({ path, line, verb, table, within }: Write) => `${path}:${line} ${within}: ${verb} ${table}`
const nameOf = ({ path, within }: Write) => `${path.replace('server/src/', '')} ${within}`

/** `where id = ${…}`, or all columns of another unique key. */
function changesOneRow({ text, table }: Write): boolean {
  const compared = (column: string) =>
    new RegExp(String.raw`\b(?:where|and) (?:\w+\.)?${column} = \$\{`).test(text)
  return ['id', ...(uniqueKeys[table] ?? [])].some((key) => key.split(' ').every(compared))
}

/** Rows are locked by `order by … for update` before anything is done to them. */
const locksInOrder = ({ statement }: Write) =>
  /\border by\b(?:(?!\bselect\b)[^])*\bfor (?:no key )?update\b/.test(statement)

function insertsInOrder({ text }: Write): boolean {
  const [rows = '', conflict] = text.split(/\bon conflict\b/)
  return conflict === undefined || /\bvalues\s*\(/.test(rows) || /\border by\b/.test(rows)
}

function isOrdered(write: Write): boolean {
  return write.verb === 'insert' ? insertsInOrder(write) : changesOneRow(write) || locksInOrder(write)
}

const writes = server.flatMap(writesOf).filter(({ table }) => flowTables.includes(table))

const writesIn = (sql: string): Write[] => writesOf(sourceOf('p.ts', `sql\`${sql}\``))

test.each([
  ['update execution set due_at = now() where id = ${id}', true],
  ['update execution set due_at = now() where id = any(${ids})', false],
  ['delete from message where queue = ${queue}', false],
  ['delete from queue_consumer where queue = ${queue} and instance = ${instance}', true],
  ['update outbox set attempt = 1 where id in (select id from outbox for update skip locked)', false],
  ['update outbox set attempt = 1 where id in (select id from outbox order by id for update)', true],
  [
    'with a as (select id from execution order by id) update execution e set x = 1 from a, (select id from execution for update) b',
    false,
  ],
  [
    'with a as (select id from worker order by id limit 5 for no key update) update worker w set x = 1 from a',
    true,
  ],
  ['insert into redrive (id) select 1 from unnest(${ids}) as id on conflict do nothing', false],
  ['insert into redrive (id) select id from unnest(${ids}) as id order by id on conflict do nothing', true],
  ['insert into redrive (id) values (${id}) on conflict do nothing', true],
])('the scan tells whether a statement says its order: %s', (sql, said) => {
  expect(writesIn(sql).map(isOrdered)).toEqual([said])
})

test('a statement that changes several rows takes them in order', () => {
  const unordered = writes.filter((write) => !isOrdered(write))

  expect(unordered.filter((write) => ordered[nameOf(write)] === undefined).map(show)).toEqual([])
})

test('every table of the flow exists', () => {
  const tables = tablesOfMigrations()

  expect(flowTables.filter((table) => !tables.includes(table))).toEqual([])
})

test('every exception is one', () => {
  const unordered = new Set(writes.filter((write) => !isOrdered(write)).map(nameOf))

  expect(Object.keys(ordered).filter((name) => !unordered.has(name))).toEqual([])
})
