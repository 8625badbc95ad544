import { type Static, Type } from 'typebox'
import { isDeepStrictEqual } from 'node:util'
import { anyObject } from '../../../database/row.ts'
import type { Transaction } from '../../../database/database.ts'
import { isJsonObject, type JsonObject } from '../../../json.ts'
import { type FieldProblem, Problem } from '../../../problem.ts'
import { checkParameterSchema } from '../../schema/check.ts'
import { answerableFor } from '../../caller/caller.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import type { Cipher } from '../../secret/cipher.ts'
import { recordChange } from '../../definition/pack/audit.ts'
import { checkConfig, oddNames, readTypedConfig } from '../../definition/pack/config.ts'
import { keepConfigSecrets, sealConfig } from '../../definition/pack/config-secrets.ts'
import { parsePackDependency, parseRuntimeDependency } from '../reader/dependency.ts'
import { findSurroundings } from './surroundings.ts'
import { checkNeeds, refuseUnmet } from './requirements.ts'
import type { Pack } from '../../definition/pack/pack.ts'
import * as packs from '../../definition/pack/queries.ts'
import { demandChange, demandNew } from '../../definition/pack/visibility.ts'

const closed = { additionalProperties: false } as const
const label = Type.String({ minLength: 1, maxLength: 255 })
const version = Type.String({
  minLength: 1,
  maxLength: 50,
  pattern: String.raw`^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`,
  description: 'A semantic version.',
})
const list = Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 })
const object = (description: string) => ({ ...anyObject, description })

export const CreatePack = Type.Object(
  {
    ref: Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-z][a-z0-9_-]+$' }),
    label,
    version,
    description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    conf_schema: Type.Optional(object('What an operator can configure.')),
    config: Type.Optional(object('The configuration; it must fit conf_schema.')),
    meta: Type.Optional(object('Anything worth keeping with the pack.')),
    tags: Type.Optional(list),
    runtime_deps: Type.Optional(list),
    dependencies: Type.Optional(list),
    is_standard: Type.Optional(Type.Boolean({ description: 'Everybody may read it; it belongs to nobody.' })),
  },
  { ...closed, title: 'CreatePack' },
)
export type CreatePack = Static<typeof CreatePack>

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

/** The body of a change: what is not given, or is null, stays. */
export const UpdatePack = Type.Object(
  {
    label: orNull(label),
    description: Type.Optional(
      Type.Union([
        Type.String(),
        Type.Null(),
        Type.Object({ op: Type.Literal('set'), value: Type.String() }, closed),
        Type.Object({ op: Type.Literal('clear') }, closed),
      ]),
    ),
    version: orNull(version),
    conf_schema: orNull(object('What an operator can configure.')),
    config: orNull(object('The whole configuration; it must fit conf_schema.')),
    config_texts: orNull(
      Type.Record(Type.String(), Type.String(), {
        description:
          'Values of the configuration as somebody typed them, by name: each is read as conf_schema asks for it, the others stay.',
      }),
    ),
    meta: orNull(object('Anything worth keeping with the pack.')),
    tags: orNull(list),
    runtime_deps: orNull(list),
    dependencies: orNull(list),
    is_standard: orNull(Type.Boolean()),
  },
  { ...closed, title: 'UpdatePack' },
)
export type UpdatePack = Static<typeof UpdatePack>

/** Who changes a pack, and what encrypts its secrets. */
export type Configuring = { tx: Transaction; cipher: Cipher; by: RequestContext }

export type Configured = { pack: Pack; warnings: string[] }

/** Makes a pack that has no files: a name for what people define by hand. */
export async function createPack({ tx, cipher, by }: Configuring, body: CreatePack): Promise<Configured> {
  demandNew(by.caller, ['packs', 'create'], body.ref)
  const settings = {
    label: body.label,
    description: body.description ?? null,
    version: body.version,
    conf_schema: body.conf_schema ?? {},
    config: body.config ?? {},
    meta: body.meta ?? {},
    tags: body.tags ?? [],
    runtime_deps: body.runtime_deps ?? [],
    dependencies: body.dependencies ?? [],
    is_standard: body.is_standard ?? false,
  }
  refuse([...problemsOf(body.ref, settings), ...configProblems(settings)])
  await refuseMissing(tx, body.ref, settings)
  const installed_by = settings.is_standard ? null : answerableFor(by.caller)
  const { redacted: config, secrets } = sealConfig(settings.conf_schema, settings.config)
  const pack = await packs.insertByHand(tx, { ...settings, config, ref: body.ref, installed_by })
  if (pack === undefined) {
    const details = [{ field: 'ref', message: 'is taken' }]
    throw new Problem('CONFLICT', `There is a pack '${body.ref}' already; choose another ref.`, details)
  }
  await keepConfigSecrets(tx, cipher, { pack: pack.id, secrets })
  await recordChange(tx, 'created', pack, { by })
  return { pack, warnings: oddNames(settings.conf_schema, settings.config) }
}

/** Changes what is given of a pack. What its files say is changed there. */
export async function updatePack(
  { tx, cipher, by }: Configuring,
  ref: string,
  body: UpdatePack,
): Promise<Configured> {
  const before = demandChange(by.caller, ['packs', 'configure'], {
    ref,
    pack: await packs.lockByRef(tx, ref),
  })
  const settings = changed(before, body)
  refuse([...checkFileOwned(before, settings), ...problemsOf(ref, settings), ...configProblems(settings)])
  if (!isDeepStrictEqual(settings.dependencies, before.dependencies)) await refuseMissing(tx, ref, settings)
  const { redacted: config, secrets } = sealConfig(settings.conf_schema, settings.config)
  const pack = await packs.update(tx, before.id, { ...settings, config })
  await keepConfigSecrets(tx, cipher, { pack: pack.id, secrets })
  const fields = changedFields(before, settings)
  await recordChange(tx, 'updated', pack, { by, details: { fields } })
  return { pack, warnings: oddNames(settings.conf_schema, settings.config) }
}

type Settings = Omit<packs.PackSettings, 'config' | 'conf_schema'> & {
  config: JsonObject
  conf_schema: JsonObject
}

function changed(pack: Pack, body: UpdatePack): Settings {
  const conf_schema = body.conf_schema ?? objectOf(pack.conf_schema)
  const typed = body.config_texts ?? {}
  return {
    label: body.label ?? pack.label,
    description: describe(pack.description, body.description),
    version: body.version ?? pack.version,
    conf_schema,
    config: { ...(body.config ?? objectOf(pack.config)), ...readTypedConfig(conf_schema, typed) },
    meta: body.meta ?? pack.meta,
    tags: body.tags ?? pack.tags,
    runtime_deps: body.runtime_deps ?? pack.runtime_deps,
    dependencies: body.dependencies ?? pack.dependencies,
    is_standard: body.is_standard ?? pack.is_standard,
  }
}

function describe(before: string | null, change: UpdatePack['description']): string | null {
  if (change === undefined || change === null) return before
  if (typeof change === 'string') return change
  return change.op === 'set' ? change.value : null
}

function objectOf(value: Pack['config']): JsonObject {
  return isJsonObject(value) ? value : {}
}

const fileOwned = ['version', 'conf_schema', 'runtime_deps', 'dependencies', 'is_standard'] as const

/** The next registration would undo it, and until then the row would say what the files do not. */
function checkFileOwned(pack: Pack, settings: Settings): FieldProblem[] {
  if (pack.storage_path === null) return []
  return fileOwned
    .filter((field) => !isDeepStrictEqual(pack[field], settings[field]))
    .map((field) => ({ field, message: 'comes from pack.yaml; change it there and register the pack again' }))
}

function changedFields(before: Pack, after: Settings): string[] {
  const fields = Object.entries(after)
  const old: Readonly<Record<string, unknown>> = before
  return fields.flatMap(([field, value]) => (isDeepStrictEqual(old[field], value) ? [] : [field]))
}

function problemsOf(ref: string, settings: Settings): FieldProblem[] {
  return [
    ...checkParameterSchema(settings.conf_schema, 'conf_schema'),
    ...settings.dependencies.flatMap((text, index) => {
      const needed = parsePackDependency(text)
      const field = `dependencies.${index}`
      if (needed === undefined) return [{ field, message: `'${text}' is not of the form ref or ref@range` }]
      return needed.ref === ref ? [{ field, message: 'is the pack itself' }] : []
    }),
    ...settings.runtime_deps.flatMap((text, index) =>
      parseRuntimeDependency(text) !== undefined
        ? []
        : [{ field: `runtime_deps.${index}`, message: `'${text}' is not of the form name or name>=version` }],
    ),
  ]
}

/** A schema that is wrong by itself is told of elsewhere. */
function configProblems({ conf_schema, config }: Settings): FieldProblem[] {
  return checkParameterSchema(conf_schema, '').length > 0 ? [] : checkConfig(conf_schema, config)
}

async function refuseMissing(tx: Transaction, ref: string, settings: Settings): Promise<void> {
  const { dependencies, runtime_deps } = settings
  if (dependencies.length + runtime_deps.length === 0) return
  refuseUnmet(checkNeeds({ ref, dependencies, runtime_deps }, await findSurroundings(tx, ref)))
}

function refuse(problems: readonly FieldProblem[]): void {
  const [first] = problems
  if (first !== undefined)
    throw new Problem('VALIDATION_ERROR', `${first.field}: ${first.message}`, [...problems])
}
