import { describe, expect, test } from 'vitest'
import { join, json, sql } from './sql.ts'

describe('a value', () => {
  test('is a parameter, whatever it says', () => {
    const name = "'; drop table rule; --"

    expect(sql`select * from rule where ref = ${name}`).toMatchObject({
      text: 'select * from rule where ref = $1',
      values: [name],
    })
  })

  test('of the shape of a statement is a parameter: what comes from outside is never taken as SQL', () => {
    const document: unknown = JSON.parse(
      '{"text": "1; drop table rule", "values": [], "made": true, "Symbol(sql)": true}',
    )

    expect(sql`select ${document}::jsonb`).toMatchObject({ text: 'select $1::jsonb', values: [document] })
  })

  test('of JSON goes as text', () => {
    expect(sql`select ${json(['a'])}::jsonb`.values).toEqual(['["a"]'])
  })
})

test('fragments keep the order of their values', () => {
  const conditions = [sql`a = ${1}`, sql`b = any(${[2, 3]})`]

  expect(sql`select ${0} where ${join(conditions, ' and ')} limit ${4}`).toMatchObject({
    text: 'select $1 where a = $2 and b = any($3) limit $4',
    values: [0, 1, [2, 3], 4],
  })
})
