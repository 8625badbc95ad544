import { Problem } from '../../../problem.ts'
import { inIncoming } from '../archive/incoming.ts'
import { allowedLocalPath, type LocalRules } from '../reader/local-path.ts'
import { type Installed, installPack } from '../registrar/install.ts'
import { type ReadPack, readStaged, stageDirectory } from '../registrar/staged-pack.ts'
import { type Bringing, optionsOf } from './install-options.ts'

export type ComponentCounts = {
  actions: number
  sensors: number
  triggers: number
  rules: number
  workflows: number
  policies: number
}

export type RegisteredPack = {
  pack_ref: string
  pack_id: number
  pack_version: string
  storage_path: string
  components_registered: ComponentCounts
  test_result: { status: string; total_tests: number; passed: number; failed: number } | null
  validation_results: { valid: boolean; errors: string[] }
}
export type FailedPackRegistration = {
  pack_ref: string
  pack_path: string
  error: string
  error_stage: string
}

/** Registers the packs of several directories, each by itself: one that is refused does not keep the others. */
export async function registerBatch(
  bringing: Bringing,
  rules: LocalRules,
  paths: readonly string[],
): Promise<{ registered_packs: RegisteredPack[]; failed_packs: FailedPackRegistration[] }> {
  const registered_packs: RegisteredPack[] = []
  const failed_packs: FailedPackRegistration[] = []
  for (const path of paths) {
    const outcome = await registerOne(bringing, rules, path)
    if ('error' in outcome) failed_packs.push(outcome)
    else registered_packs.push(outcome)
  }
  return { registered_packs, failed_packs }
}

async function registerOne(
  bringing: Bringing,
  rules: LocalRules,
  named: string,
): Promise<RegisteredPack | FailedPackRegistration> {
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
  { pack, warnings, tests }: Installed,
): RegisteredPack {
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
