/**
 * The life of an environment: from, to, and who takes the step. Every status but a live `installing` may be claimed: what
 * is on the disk decides whether that is needed, because a disk can lose what the row says is ready. Where a claim has
 * run out, whoever comes next begins anew.
 */
export const transitions = [
  ['pending', 'installing', 'worker'], // claimed by whoever builds it
  ['ready', 'installing', 'worker'],
  ['failed', 'installing', 'worker'],
  ['outdated', 'installing', 'worker'],
  ['installing', 'ready', 'worker'],
  ['installing', 'outdated', 'worker'], // built, and asked for anew meanwhile
  ['installing', 'failed', 'worker'],
  ['installing', 'pending', 'worker'], // given back unfinished
  ['pending', 'ready', 'worker'], // found whole on the disk
  ['outdated', 'ready', 'worker'],
  ['failed', 'pending', 'api'], // to be tried again
  ['pending', 'outdated', 'api'], // to be made anew, whatever there is
  ['ready', 'outdated', 'api'],
  ['failed', 'outdated', 'api'],
] as const

export const environmentStatuses = ['pending', 'installing', 'ready', 'failed', 'outdated'] as const
export type EnvironmentStatus = (typeof environmentStatuses)[number]

/** What the row says. */
export type RecordedEnvironment = {
  status: EnvironmentStatus
  manifest_checksum: string | null
  rebuild_requested: boolean
  /** Whether the claim of an `installing` one has run out. */
  claim_over: boolean
  /** Whether a failure is so old that trying again may help. */
  retry_due: boolean
}

/** What the disk shows. */
export type EnvironmentOnDisk = {
  /** The checksum of the manifest that was installed last; undefined when none was installed to the end. */
  installed: string | undefined
  /** False when it has an interpreter of its own and that is gone. */
  interpreter: boolean
}

/** What the pack's files ask for, and whether somebody wants a failed one tried again now. */
export type Asked = { checksum: string; eager: boolean }

export type NextEnvironmentStep = 'use' | 'wait' | 'build' | 'give-up'

/** What is to be done about an environment before anything runs in it. */
export function nextFor(
  recorded: RecordedEnvironment,
  disk: EnvironmentOnDisk,
  { checksum, eager }: Asked,
): NextEnvironmentStep {
  const { status, rebuild_requested, claim_over, retry_due } = recorded
  if (status === 'installing' && !claim_over) return 'wait'
  const failed = status === 'failed'
  if (rebuild_requested || (failed && eager)) return 'build'
  // Also after a rebuild that failed: what was there before is still there and fits the pack.
  if (disk.installed === checksum && disk.interpreter) return 'use'
  const triedInVain = failed && recorded.manifest_checksum === checksum && !retry_due
  return triedInVain ? 'give-up' : 'build'
}
