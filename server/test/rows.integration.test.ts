import type { TSchema } from 'typebox'
import { expect, test } from 'vitest'
import { sql } from '../src/database/sql.ts'
import { isJsonObject, type JsonObject } from '../src/json.ts'
import { openFreshDatabase } from './database.ts'
import { fixture } from './fixture.ts'
import { rows } from './rows.ts'

type Column = { name: string; is_nullable: boolean; type: string; labels: string[] | null }

const { db } = await fixture(openFreshDatabase())

function columnsOf(table: string): Promise<Column[]> {
  return db.many(sql`
    select c.column_name as name, c.is_nullable = 'YES' as is_nullable,
      case when c.data_type = 'ARRAY' then c.udt_name else c.data_type end as type,
      (select array_agg(l.enumlabel::text order by l.enumlabel::text)
        from pg_type t join pg_enum l on l.enumtypid = t.oid where t.typname = c.udt_name) as labels
    from information_schema.columns c
    where c.table_schema = 'attune' and c.table_name = ${table}
    order by c.ordinal_position`)
}

test.each(Object.entries(rows))('the row schema of %s says what the table has', async (table, schema) => {
  const columns = await columnsOf(table)
  expect(columns.length, `there is no table ${table}`).toBeGreaterThan(0)

  const declared = Object.entries(schema.properties).map(([name, property]) =>
    describeProperty(
      name,
      property,
      columns.find((column) => column.name === name),
    ),
  )

  expect(new Set(declared)).toEqual(new Set(columns.map(describeColumn)))
})

const kinds: Readonly<Record<string, string>> = {
  bigint: 'integer',
  integer: 'integer',
  text: 'text',
  'character varying': 'text',
  uuid: 'text',
  inet: 'text',
  boolean: 'boolean',
  'timestamp with time zone': 'time',
  json: 'document',
  jsonb: 'document',
  _text: 'list of text',
  _int4: 'list of integers',
}

function describeColumn({ name, is_nullable, type, labels }: Column): string {
  const kind = labels === null ? kinds[type] : `one of ${labels.join(', ')}`
  return `${name}: ${kind ?? `unknown type ${type}`}${is_nullable ? ' or null' : ''}`
}

/** `column` tells whether the store lists the values as well; a text column may be narrower in the schema. */
function describeProperty(name: string, property: TSchema, column: Column | undefined): string {
  const plain: unknown = JSON.parse(JSON.stringify(property))
  const alternatives = isJsonObject(plain) && Array.isArray(plain['anyOf']) ? plain['anyOf'] : [plain]
  const isNull = (schema: unknown) => isJsonObject(schema) && schema['type'] === 'null'
  const [schema] = alternatives.filter((alternative) => !isNull(alternative))
  const kind = isJsonObject(schema) ? kindOf(schema, column?.labels !== null) : 'nothing'
  return `${name}: ${kind}${alternatives.some(isNull) ? ' or null' : ''}`
}

function kindOf({ type, format, enum: values, items }: JsonObject, listsValues: boolean): string {
  if (type === 'integer' || type === 'boolean') return type
  if (type === 'array') return listOf(items)
  if (type !== 'string') return 'document'
  if (format === 'date-time') return 'time'
  return listsValues && Array.isArray(values)
    ? `one of ${values.map(String).toSorted(inOrder).join(', ')}`
    : 'text'
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : 1
}

function listOf(items: unknown): string {
  const type = isJsonObject(items) ? items['type'] : undefined
  return type === 'string' ? 'list of text' : type === 'integer' ? 'list of integers' : 'document'
}
