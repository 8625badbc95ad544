import { expect, test } from 'vitest'
import { toId } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { offerOf } from '../../flow/execution/worker-profile.ts'
import {
  environmentBaseOf,
  neededRuntimes,
  type PackProgram,
  type RuntimeWithVersions,
  wantedEnvironments,
} from './wanted.ts'

const built = { environment: {}, dependencies: { manifest_file: 'requirements.txt' } }

function runtime(
  id: number,
  name: string,
  more: { config?: Json; versions?: string[] } = {},
): RuntimeWithVersions {
  const execution_config = more.config ?? built
  return {
    id: toId(id),
    ref: `core.${name.toLowerCase()}`,
    name,
    aliases: [],
    execution_config,
    versions: (more.versions ?? []).map((version, index) => ({
      id: toId(id * 10 + index),
      version,
      execution_config,
      updated: '',
    })),
  }
}

const python = runtime(1, 'Python', { versions: ['3.11', '3.12'] })
const node = runtime(2, 'Node.js')
const shell = runtime(3, 'Shell', { config: {} })
const all = [python, node, shell]
const offer = offerOf({
  runtimes: ['python', 'node', 'shell'],
  runtime_versions: { python: ['3.12.1', '3.11.7'] },
})

const program = (runs: RuntimeWithVersions | undefined, more: Partial<PackProgram> = {}): PackProgram => ({
  runtime: runs?.id ?? null,
  constraint: null,
  required: {},
  ...more,
})
const names = (programs: readonly PackProgram[], from = offer) =>
  wantedEnvironments(programs, all, from).map(({ runtime: { name }, version }) =>
    version === undefined ? name : `${name} ${version.version}`,
  )

test('each runtime that a program needs has one environment, and each version that one asks for', () => {
  expect(names([program(python), program(python), program(node), program(undefined)])).toEqual([
    'Python',
    'Node.js',
  ])
  expect(names([program(python), program(python, { constraint: '3.11' })])).toEqual(['Python', 'Python 3.11'])
})

test('what an action calls besides counts too, by any of its names', () => {
  expect(names([program(shell, { required: { nodejs: '*', python3: '>=3.12' } })])).toEqual([
    'Node.js',
    'Python 3.12',
  ])
})

test('a runtime without environments, or that this worker does not have, has none', () => {
  expect(names([program(shell)])).toEqual([])
  expect(names([program(python), program(node)], offerOf({ runtimes: ['node'] }))).toEqual(['Node.js'])
})

test('an action is told by which version it runs', () => {
  expect(environmentBaseOf(program(python, { constraint: '<3.12' }), all, offer)).toMatchObject({
    runs_by: { kind: 'version', version: { version: '3.11' } },
    own: { version: { version: '3.11' } },
    environments: [{ version: { version: '3.11' } }],
  })
  expect(environmentBaseOf(program(python, { constraint: '4' }), all, offer)).toMatchObject({
    runs_by: { kind: 'none' },
    own: undefined,
    environments: [],
  })
})

test('a runtime that another worker has is needed all the same', () => {
  expect(neededRuntimes([program(python), program(shell, { required: { node: '*' } })], all)).toEqual([
    1, 2, 3,
  ])
})
