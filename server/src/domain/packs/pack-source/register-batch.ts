import { type Static, Type } from 'typebox'
import { nullable } from '../../../database/row.ts'
import { Problem } from '../../../problem.ts'
import { inIncoming } from '../archive/incoming.ts'
import { allowedLocalPath, type LocalRules } from '../reader/local-path.ts'
import { type InstalledPack, installPack } from '../registrar/install.ts'
import { type ReadPack, readStaged, stageDirectory } from '../registrar/staged-pack.ts'
import { type InstallContext, optionsOf } from './install-options.ts'

const Registered = Type.Object({
  pack_ref: Type.String(),
  pack_id: Type.Integer(),
  pack_version: Type.String(),
  storage_path: Type.String(),
  components_registered: Type.Object({
    actions: Type.Integer(),
    sensors: Type.Integer(),
    triggers: Type.Integer(),
    rules: Type.Integer(),
    workflows: Type.Integer(),
    policies: Type.Integer(),
  }),
  test_result: nullable(
    Type.Object({
      status: Type.String(),
      total_tests: Type.Integer(),
      passed: Type.Integer(),
      failed: Type.Integer(),
    }),
  ),
  validation_results: Type.Object({ valid: Type.Boolean(), errors: Type.Array(Type.String()) }),
})
type Registered = Static<typeof Registered>

const Failed = Type.Object({
  pack_ref: Type.String(),
  pack_path: Type.String(),
  error: Type.String(),
  error_stage: Type.String(),
})
type Failed = Static<typeof Failed>

export const Batch = Type.Object(
  {
    registered_packs: Type.Array(Registered),
    failed_packs: Type.Array(Failed),
    summary: Type.Object({
      total_packs: Type.Integer(),
      success_count: Type.Integer(),
      failure_count: Type.Integer(),
      total_components: Type.Integer(),
      duration_ms: Type.Integer(),
    }),
  },
  { title: 'PackBatch' },
)

/** Registers the packs of several directories, each by itself: one that is refused does not keep the others. */
export async function registerBatch(
  bringing: InstallContext,
  rules: LocalRules,
  paths: readonly string[],
): Promise<Static<typeof Batch>> {
  const started = performance.now()
  const registered_packs: Registered[] = []
  const failed_packs: Failed[] = []
  for (const path of paths) {
    const outcome = await registerOne(bringing, rules, path)
    if ('error' in outcome) failed_packs.push(outcome)
    else registered_packs.push(outcome)
  }
  const total_components = registered_packs
    .flatMap(({ components_registered }) => Object.values(components_registered))
    .reduce((sum, count) => sum + count, 0)
  const summary = {
    total_packs: paths.length,
    success_count: registered_packs.length,
    failure_count: failed_packs.length,
    total_components,
    duration_ms: Math.round(performance.now() - started),
  }
  return { registered_packs, failed_packs, summary }
}

async function registerOne(
  bringing: InstallContext,
  rules: LocalRules,
  named: string,
): Promise<Registered | Failed> {
  const { database, sourcing } = bringing
  const failed = { pack_ref: '', pack_path: named, error_stage: 'path' }
  try {
    const directory = await allowedLocalPath(named, rules, 'pack_paths')
    failed.error_stage = 'validation'
    return await inIncoming(sourcing.packs_base_dir, async (folder) => {
      const place = { packs_base_dir: sourcing.packs_base_dir, folder }
      const read = await readStaged(await stageDirectory(database, directory, place), place)
      failed.pack_ref = read.pack.ref
      failed.error_stage = 'registration'
      return registeredOf(read, await installPack(database, read, optionsOf(bringing, folder)))
    })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { ...failed, error: error.message }
  }
}

function registeredOf(
  { pack: definition, name }: ReadPack,
  { pack, warnings, tests }: InstalledPack,
): Registered {
  const { actions, sensors, triggers, rules } = definition
  return {
    pack_ref: pack.ref,
    pack_id: pack.id,
    pack_version: pack.version,
    storage_path: pack.storage_path ?? name,
    components_registered: {
      actions: actions.length,
      sensors: sensors.length,
      triggers: triggers.length,
      rules: rules.length,
      workflows: 0,
      policies: 0,
    },
    test_result: tests && {
      status: tests.status,
      total_tests: tests.totalTests,
      passed: tests.passed,
      failed: tests.failed,
    },
    validation_results: { valid: true, errors: warnings },
  }
}
