import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { nullable } from '../../../database/row.ts'
import { mapping } from '../../definition/form/file-key.ts'
import { parsePackDependency } from '../reader/dependency.ts'
import { findSurroundings } from './surroundings.ts'
import { checkNeeds } from './requirements.ts'
import type { PackDefinition } from '../reader/pack-definition.ts'
import type { PackProblem } from '../yaml/findings.ts'
import { allowedLocalPath, type LocalRules } from '../reader/local-path.ts'
import { readPack } from '../reader/read-pack.ts'

const Need = Type.Object({
  pack_ref: Type.String(),
  version_spec: Type.String(),
  required_by: Type.String(),
  already_installed: Type.Boolean(),
})

/** What packs that are not registered yet need. */
export const Analysis = Type.Object(
  {
    dependencies: Type.Array(Need),
    runtime_requirements: mapping(
      Type.Object({
        pack_ref: Type.String(),
        python: nullable(
          Type.Object({ version: nullable(Type.String()), requirements_file: nullable(Type.String()) }),
        ),
        nodejs: nullable(
          Type.Object({ version: nullable(Type.String()), package_file: nullable(Type.String()) }),
        ),
      }),
    ),
    missing_dependencies: Type.Array(Need),
    analyzed_packs: Type.Array(
      Type.Object({
        pack_ref: Type.String(),
        pack_path: Type.String(),
        has_dependencies: Type.Boolean(),
        dependency_count: Type.Integer(),
      }),
    ),
    errors: Type.Array(Type.Object({ pack_path: Type.String(), error: Type.String() })),
  },
  { title: 'PackAnalysis' },
)
export type Analysis = Static<typeof Analysis>

/** Reads packs and looks what each needs. They count as there for each other. */
export async function analyse(
  db: Queryable,
  paths: readonly string[],
  { validate, rules }: { validate: boolean; rules: LocalRules },
): Promise<Analysis> {
  const analysis: Analysis = {
    dependencies: [],
    runtime_requirements: {},
    missing_dependencies: [],
    analyzed_packs: [],
    errors: [],
  }
  const around = await findSurroundings(db, '')
  const packs = new Map(around.packs)
  const read: { path: string; pack: PackDefinition }[] = []
  for (const path of paths) {
    const found = await readOne(path, rules)
    if ('error' in found) analysis.errors.push({ pack_path: path, error: found.error })
    else {
      read.push({ path, pack: found.pack })
      packs.set(found.pack.ref, found.pack)
    }
  }
  for (const { path, pack } of read) {
    const unmet = checkNeeds(pack, { ...around, packs })
    addPack(analysis, path, pack, { unmet, uninstalled: checkNeeds(pack, around) })
    if (validate) {
      for (const { message } of unmet) analysis.errors.push({ pack_path: path, error: message })
    }
  }
  return analysis
}

async function readOne(
  path: string,
  rules: LocalRules,
): Promise<{ pack: PackDefinition } | { error: string }> {
  try {
    const reading = await readPack(await allowedLocalPath(path, rules))
    return 'pack' in reading ? reading : { error: reading.problems.map(problemText).join('; ') }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function problemText({ file, line, field, message }: PackProblem): string {
  return `${[line === undefined ? file : `${file}:${line}`, field].filter((part) => part !== '').join(': ')} ${message}`
}

type Lacking = { unmet: readonly PackProblem[]; uninstalled: readonly PackProblem[] }

function addPack(analysis: Analysis, path: string, pack: PackDefinition, lacking: Lacking): void {
  const { ref, dependencies } = pack
  analysis.analyzed_packs.push({
    pack_ref: ref,
    pack_path: path,
    has_dependencies: dependencies.length > 0,
    dependency_count: dependencies.length,
  })
  analysis.runtime_requirements[ref] = requirementsOf(pack)
  dependencies.forEach((text, index) => {
    const needed = parsePackDependency(text)
    if (needed === undefined) return
    const isAmong = (problems: readonly PackProblem[]) =>
      problems.some(({ field }) => field === `dependencies[${index}]`)
    const need = {
      pack_ref: needed.ref,
      version_spec: needed.written,
      required_by: ref,
      already_installed: !isAmong(lacking.uninstalled),
    }
    analysis.dependencies.push(need)
    if (isAmong(lacking.unmet)) analysis.missing_dependencies.push(need)
  })
}

function requirementsOf({ ref, dependency_files, least_versions }: PackDefinition) {
  const { python, nodejs } = least_versions
  const requirements_file = dependency_files.includes('requirements.txt') ? 'requirements.txt' : null
  const package_file = dependency_files.includes('package.json') ? 'package.json' : null
  return {
    pack_ref: ref,
    python: python === null && requirements_file === null ? null : { version: python, requirements_file },
    nodejs: nodejs === null && package_file === null ? null : { version: nodejs, package_file },
  }
}
