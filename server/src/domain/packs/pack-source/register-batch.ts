import { Problem } from '../../../problem.ts'
import { readPack } from '../reader/read-pack.ts'
import { bring, type Bringing } from './bring.ts'
import { allowedLocalPath, type LocalRules } from '../reader/local-path.ts'

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
  const failed = { pack_ref: '', pack_path: named, error_stage: 'path' }
  try {
    const directory = await allowedLocalPath(named, rules, 'pack_paths')
    failed.error_stage = 'validation'
    const reading = await readPack(directory)
    if ('pack' in reading) {
      failed.pack_ref = reading.pack.ref
      failed.error_stage = 'registration'
    }
    const { pack, warnings, tests } = await bring(bringing, {
      directory,
      source_type: 'local_directory',
      source_url: directory,
      source_ref: null,
      git_commit: null,
      checksum: null,
      checksum_verified: false,
      promised: null,
    })
    return {
      pack_ref: pack.ref,
      pack_id: pack.id,
      pack_version: pack.version,
      storage_path: pack.storage_path ?? directory,
      components_registered: countsOf(reading),
      test_result: tests && {
        status: tests.status,
        total_tests: tests.totalTests,
        passed: tests.passed,
        failed: tests.failed,
      },
      validation_results: { valid: true, errors: warnings },
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { ...failed, error: error.message }
  }
}

function countsOf(reading: Awaited<ReturnType<typeof readPack>>): ComponentCounts {
  const none = { actions: 0, sensors: 0, triggers: 0, rules: 0, workflows: 0, policies: 0 }
  if (!('pack' in reading)) return none
  const { actions, sensors, triggers, rules } = reading.pack
  return {
    ...none,
    actions: actions.length,
    sensors: sensors.length,
    triggers: triggers.length,
    rules: rules.length,
  }
}
