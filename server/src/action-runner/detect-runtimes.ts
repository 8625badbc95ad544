import { RE2JS } from 're2js'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { runPiped } from '../processes/piped-process.ts'
import { type ProcessAccount, variablesOf } from '../run-as/account.ts'
import { canonicalRuntimeName } from '../domain/definition/runtime/name.ts'
import type { Json } from '../json.ts'
import { type Environment, inheritedEnvironment } from './environment.ts'
import { parseExecutionConfig } from '../domain/definition/runtime/execution-config.ts'

/** A runtime as its row says how to find it, with the rows of its versions if there are any. */
export type DetectableRuntime = {
  name: string
  aliases: string[]
  distributions: Json
  execution_config: Json
  versions?: readonly { distributions: Json; execution_config: Json }[]
}

export type DetectedRuntimes = {
  /** Lower-cased names of the runtimes that run here. */
  runtimes: string[]
  /** Versions found here by canonical runtime name, newest first. */
  runtime_versions: Record<string, string[]>
}

const Verification = Type.Object({
  always_available: Type.Optional(Type.Boolean()),
  check_required: Type.Optional(Type.Boolean()),
  commands: Type.Optional(
    Type.Array(
      Type.Object({
        binary: Type.String(),
        args: Type.Optional(Type.Array(Type.String())),
        exit_code: Type.Optional(Type.Integer()),
        pattern: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        priority: Type.Optional(Type.Integer()),
      }),
    ),
  ),
})
type Verification = Static<typeof Verification>
type Command = NonNullable<Verification['commands']>[number]

const check = Compile(Type.Object({ verification: Verification }))
const COMMAND_MS = 10_000
const OUTPUT_BYTES = 1024 * 1024
const LAST = 999

/**
 * Finds out which runtimes work on this machine by running their verification commands, and which versions they
 * really have. ATTUNE_WORKER_RUNTIMES, where it is set, decides which are offered. `native` always is. What `account`
 * cannot run, where actions run as others than this process, does not count.
 */
export async function detectRuntimes(
  rows: readonly DetectableRuntime[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  account?: ProcessAccount,
): Promise<DetectedRuntimes> {
  const wanted = wantedRuntimes(env.ATTUNE_WORKER_RUNTIMES)
  const candidates = wanted === undefined ? rows : rows.filter((row) => isWanted(row, wanted))
  const as: Probe = { env: inheritedEnvironment(env, []), account }
  if (account !== undefined) Object.assign(as.env, variablesOf(account, '/'))
  const found = await Promise.all(candidates.map((row) => verify(row, as)))
  const runtimes = wanted ?? found.filter(({ runs }) => runs).map(({ name }) => name)

  const versions = new Map<string, Set<string>>()
  for (const { name, found_versions } of found) {
    const known = versions.get(canonicalRuntimeName(name)) ?? new Set()
    for (const version of found_versions) known.add(version)
    if (known.size > 0) versions.set(canonicalRuntimeName(name), known)
  }
  return {
    runtimes: [...new Set([...runtimes, 'native'])],
    runtime_versions: Object.fromEntries(
      [...versions].map(([name, known]) => [name, [...known].sort(newestFirst)]),
    ),
  }
}

function wantedRuntimes(list: string | undefined): string[] | undefined {
  const names = (list ?? '').split(',').map((name) => name.trim().toLowerCase())
  const given = names.filter((name) => name !== '')
  return given.length > 0 ? given : undefined
}

function isWanted({ name, aliases }: DetectableRuntime, wanted: readonly string[]): boolean {
  const canonical = new Set(wanted.map(canonicalRuntimeName))
  return [name, ...aliases].some((known) => canonical.has(canonicalRuntimeName(known)))
}

/** With what a runtime is tried. */
type Probe = { env: Environment; account: ProcessAccount | undefined }

type Verified = { name: string; runs: boolean; found_versions: string[] }

async function verify(row: DetectableRuntime, as: Probe): Promise<Verified> {
  const outputs = await Promise.all([
    verifyBase(row, as),
    ...(row.versions ?? []).map((version) => verifyVersion(version, as)),
  ])
  const [base] = outputs
  return {
    name: row.name.toLowerCase(),
    runs: base !== undefined,
    found_versions: outputs.flatMap((output) => (output === undefined ? [] : versionIn(output))),
  }
}

/** What the first verification command that succeeds prints; undefined when the runtime does not run here. */
async function verifyBase(
  { distributions, execution_config }: DetectableRuntime,
  as: Probe,
): Promise<string | undefined> {
  const { always_available, check_required, commands = [] } = verificationOf(distributions)
  const output = await firstSuccess(commands, as)
  if (output !== undefined) return output
  if (always_available !== true && check_required !== false) return undefined
  return (await interpreterVersion(execution_config, as)) ?? ''
}

/** A version without commands runs where its interpreter does; without an interpreter there is nothing to fail. */
async function verifyVersion(
  { distributions, execution_config }: { distributions: Json; execution_config: Json },
  as: Probe,
): Promise<string | undefined> {
  const { commands = [] } = verificationOf(distributions)
  return commands.length > 0 ? firstSuccess(commands, as) : interpreterVersion(execution_config, as)
}

function verificationOf(distributions: Json): Verification {
  return check.Check(distributions) ? distributions.verification : {}
}

async function firstSuccess(commands: readonly Command[], as: Probe): Promise<string | undefined> {
  const ordered = [...commands].sort((a, b) => (a.priority ?? LAST) - (b.priority ?? LAST))
  for (const { binary, args = [], exit_code = 0, pattern } of ordered) {
    const { code, output } = await execute(binary, args, as)
    if (code === exit_code && matches(pattern ?? undefined, output)) return output
  }
  return undefined
}

async function interpreterVersion(execution_config: Json, as: Probe): Promise<string | undefined> {
  const parsed = parseExecutionConfig(execution_config)
  const binary = 'config' in parsed ? parsed.config.interpreter.binary : ''
  if (binary === '') return ''
  const { code, output } = await execute(binary, ['--version'], as)
  return code === 0 ? output : undefined
}

/** Patterns come from packs: they are matched in linear time. A pattern that is none matches nothing. */
function matches(pattern: string | undefined, output: string): boolean {
  if (pattern === undefined) return true
  try {
    return RE2JS.compile(pattern).matcher(output).find()
  } catch {
    return false // no pattern
  }
}

async function execute(
  file: string,
  args: readonly string[],
  { env, account }: Probe,
): Promise<{ code: number | undefined; output: string }> {
  const { end, stdout, stderr } = await runPiped({
    file,
    args,
    cwd: undefined,
    env,
    identity: account,
    time_limit_ms: COMMAND_MS,
    output_bytes: OUTPUT_BYTES,
  })
  const code = end.kind === 'ended' && end.stopped_by === undefined ? end.code : null
  return { code: code ?? undefined, output: `${stdout}\n${stderr}` }
}

function versionIn(output: string): string[] {
  // Java says `version "21"`; everybody else has at least one dot.
  const match = /version "(\d+(?:\.\d+){0,2})|(\d+\.\d+(?:\.\d+)?)/.exec(output)
  const version = match?.[1] ?? match?.[2]
  return version === undefined ? [] : [version]
}

function newestFirst(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let part = 0; part < 3; part += 1) {
    const difference = (right?.[part] ?? 0) - (left?.[part] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
