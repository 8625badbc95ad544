import { type Static, Type } from 'typebox'
import { anyJson, anyObject, id, nullable, timestamp } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import { publish } from '../../../messages/publish.ts'
import { given, shortText } from '../../schema/body-fields.ts'
import { define } from '../form/definition.ts'
import {
  clearableDocument,
  dates,
  description,
  detailOf,
  kept,
  plain,
  required,
  ref,
  rowSchema,
  summaryOf,
  unlisted,
} from '../form/field.ts'
import { documentation, texts } from '../form/file-key.ts'
import { checkConfiguration, checkRuntimeRef, tidyAliases } from './check.ts'
import { versions } from './version-list.ts'

/** A language or program that runs actions and sensors. */
export const runtime = define({
  kind: 'runtime',
  resource: 'runtimes',
  table: {
    from: sql`runtime d`,
    insert: sql`insert into runtime as d`,
    update: sql`update runtime d set`,
    delete: sql`delete from runtime d`,
    row: sql`null::runtime`,
  },
  origin: { column: 'from_file', of_file: true },
  fields: {
    id: kept(id('runtime')),
    ref: {
      ...ref,
      create: Type.String({ minLength: 1, maxLength: 255, description: 'In lower case.' }),
      check: { code: 'VALIDATION_ERROR', problems: checkRuntimeRef },
    },
    pack: unlisted(kept(nullable(id('pack')))),
    pack_ref: { row: nullable(Type.String()), create: given(shortText) },
    description,
    name: required(Type.String(), shortText),
    aliases: {
      ...plain(
        Type.Array(Type.String()),
        Type.Array(shortText, { maxItems: 50, description: 'Other names that workers know it by.' }),
        [],
      ),
      file: { aliases: texts('Other names.') },
      tidy: tidyAliases,
    },
    distributions: unlisted(plain(anyJson, anyObject, {})),
    installation: unlisted({ ...clearableDocument, file: { installation: documentation } }),
    installers: unlisted(kept(nullable(anyJson))),
    execution_config: unlisted({
      ...plain(anyJson, { ...anyObject, description: 'How programs are started by it.' }, {}),
      check: { code: 'VALIDATION_ERROR', problems: checkConfiguration },
    }),
    auto_detected: unlisted(kept(Type.Boolean())),
    detection_config: unlisted(kept(anyJson)),
    from_file: unlisted(kept(Type.Boolean({ description: 'Whether a file of its pack describes it.' }))),
    versions,
    ...dates,
  },
  /** Workers look whether they have it. */
  announce: (tx, { id, ref }, correlation_id) =>
    publish(tx, 'RuntimeChanged', [{ payload: { runtime_id: id, runtime_ref: ref }, correlation_id }]),
})

export const Runtime = rowSchema(runtime.fields)
export type Runtime = Static<typeof Runtime>

/** A runtime in lists. */
export const RuntimeSummary = Type.Object(summaryOf(runtime.fields), { title: 'RuntimeSummary' })

/** One version of a runtime; its execution_config replaces the runtime's. */
export const RuntimeVersion = Type.Object(
  {
    id: id('runtime_version'),
    runtime: id('runtime'),
    runtime_ref: Type.String(),
    version: Type.String(),
    version_major: nullable(Type.Integer()),
    version_minor: nullable(Type.Integer()),
    version_patch: nullable(Type.Integer()),
    execution_config: anyJson,
    distributions: anyJson,
    is_default: Type.Boolean(),
    available: Type.Boolean(),
    verified_at: nullable(timestamp),
    meta: anyJson,
    created: timestamp,
    updated: timestamp,
  },
  { title: 'RuntimeVersion' },
)
export type RuntimeVersion = Static<typeof RuntimeVersion>

/** A runtime as it is shown. */
export const RuntimeDetail = Type.Object(
  {
    ...detailOf(runtime.fields),
    versions: Type.Array(
      Type.Pick(RuntimeVersion, [
        'version',
        'is_default',
        'available',
        'verified_at',
        'execution_config',
        'distributions',
        'meta',
      ]),
    ),
  },
  { title: 'RuntimeDetail' },
)
export type RuntimeDetail = Static<typeof RuntimeDetail>
