import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toId } from '../../../id.ts'
import type { Json, JsonObject } from '../../../json.ts'
import { type Placement, place } from './place.ts'
import type { PlacementColumns } from '../../definition/form/placement.ts'
import { type Requirement, requirementOf } from './requirement.ts'
import { unschedulableReasons } from './unschedulable.ts'
import type { WorkerCandidate } from './worker-profile.ts'

function worker(id: number, given: Partial<WorkerCandidate> = {}): WorkerCandidate {
  return {
    id: toId<'worker'>(id),
    name: `worker-${id}`,
    status: 'active',
    cordoned: false,
    heartbeat_age_seconds: 5,
    capabilities: { runtimes: ['shell', 'python'], max_concurrent_executions: 10 },
    load: 0,
    ...given,
  }
}

function offering(capabilities: JsonObject): Partial<WorkerCandidate> {
  return { capabilities: { runtimes: ['shell'], ...capabilities } }
}

type Given = Partial<Requirement & PlacementColumns>

function requirement({
  worker_selector = {},
  worker_tolerations = [],
  worker_affinity = {},
  ...given
}: Given = {}): Requirement {
  return {
    runtime: { names: ['Shell', 'bash', 'sh'] },
    runtime_version_constraint: null,
    required_worker_runtimes: {},
    placements: [{ worker_selector, worker_tolerations, worker_affinity }],
    ...given,
  }
}

function chosen(placements: readonly Placement[]): (number | undefined)[] {
  return placements.map((one) => (one.kind === 'placed' ? one.worker : undefined))
}

/** The reason why the one execution cannot be placed, or `placed`. */
function outcome(workers: readonly WorkerCandidate[], given: Given = {}): string {
  const [placement] = place(workers, [requirement(given)], 0)
  return placement?.kind === 'nowhere' ? placement.reason : 'placed'
}

function refusal(workers: readonly WorkerCandidate[], given: Given = {}) {
  const [placement] = place(workers, [requirement(given)], 0)
  if (placement?.kind !== 'nowhere') throw new Error('It was placed.')
  return placement
}

function pythonWorker(capabilities: JsonObject): WorkerCandidate[] {
  return [worker(1, offering({ runtimes: ['python'], ...capabilities }))]
}

function slots(count: number): Partial<WorkerCandidate> {
  return offering({ max_concurrent_executions: count })
}

function many(count: number, given: Given = {}): Requirement[] {
  return Array.from({ length: count }, () => requirement(given))
}

function explainRequired(required: Json): string {
  return refusal([worker(1)], { required_worker_runtimes: required }).message
}

describe('the runtime', () => {
  test.each<[string[], string[], boolean]>([
    [['Python', 'python3'], ['python'], true],
    [['Python'], ['PYTHON3'], true],
    [['Node.js', 'node', 'nodejs'], ['node'], true],
    [['nodejs'], ['Node.js'], true],
    [['Elixir'], ['elixir'], true],
    [['Python'], ['python2'], false],
    [['Python'], [], false],
    [[], ['python'], false],
  ])('%j is found among %j: %s', (names, runtimes, found) => {
    const workers = [worker(1, { capabilities: { runtimes } })]

    expect(outcome(workers, { runtime: { names } })).toBe(found ? 'placed' : 'runtime')
  })

  test('does not matter to an action without one', () => {
    expect(outcome([worker(1, { capabilities: {} })], { runtime: undefined })).toBe('placed')
  })

  test('is never found in entries that are no text, nor in capabilities that are no object', () => {
    expect(outcome([worker(1, { capabilities: { runtimes: [{ name: 'shell' }] } })])).toBe('runtime')
    expect(outcome([worker(1, { capabilities: { runtimes: 'shell' } })])).toBe('runtime')
    expect(outcome([worker(1, { capabilities: ['shell'] })])).toBe('runtime')
  })
})

describe('the version', () => {
  const python = { runtime: { names: ['Python', 'python3'] } }

  test.each<[string | null, JsonObject, boolean]>([
    [null, {}, true],
    [' ', {}, true],
    ['>=3.12', { runtime_versions: { python: ['3.12.4'] } }, true],
    ['>=3.12', { runtime_versions: { Python3: ['3.11', '3.13'] } }, true],
    ['>=3.13', { runtime_versions: { python: ['3.12.4'] } }, false],
    ['>=3.12', {}, false],
    ['*', {}, false],
    [
      '>=3.12',
      { detected_interpreters: [{ name: 'python3', path: '/usr/bin/python3', version: '3.12.4' }] },
      true,
    ],
    ['>=3.12', { detected_interpreters: [{ name: 'python', path: '/p', version: null }] }, false],
    [
      '>=3.12',
      {
        runtime_versions: { python: ['3.11.1'] },
        detected_interpreters: [{ name: 'python', version: '3.12.4' }],
      },
      false,
    ],
    ['>=3.12 <4', { runtime_versions: { python: ['3.12.4'] } }, false],
  ])('%j is found in %j: %s', (constraint, capabilities, found) => {
    const given = { ...python, runtime_version_constraint: constraint }

    expect(outcome(pythonWorker(capabilities), given)).toBe(found ? 'placed' : 'version')
  })

  test('that no worker has is explained with what there is', () => {
    const workers = pythonWorker({ runtime_versions: { python: ['3.11.1', '3.12.4'] } })

    expect(refusal(workers, { ...python, runtime_version_constraint: '>=3.13' }).message).toBe(
      'No worker has python in a version that satisfies ">=3.13"; known versions: 3.11.1, 3.12.4. Install one or change the constraint.',
    )
    expect(refusal(workers, { ...python, runtime_version_constraint: '3.12 || 3.13' }).message).toContain(
      'is not a constraint',
    )
    expect(refusal(workers, { runtime: undefined, runtime_version_constraint: '3' }).message).toContain(
      'names no runtime',
    )
  })
})

describe('required worker runtimes', () => {
  const capabilities = { runtimes: ['shell', 'nodejs'], runtime_versions: { node: ['20.19.0'] } }

  test.each<[Json, boolean]>([
    [null, true],
    [{}, true],
    [{ node: '*' }, true],
    [{ 'Node.js': '20' }, true],
    [{ node: '>=20,<21', shell: '*' }, true],
    [{ node: '', shell: '' }, true],
    [{ node: '>=22' }, false],
    [{ shell: '>=1' }, false],
    [{ node: '*', python: '*' }, false],
    [{ node: 20 }, false],
    [{ node: null }, false],
    [{ node: '>=20 <21' }, false],
    ['node', false],
    [['node'], false],
  ])('%j are there: %s', (required, found) => {
    const workers = [worker(1, { capabilities })]

    expect(outcome(workers, { required_worker_runtimes: required })).toBe(
      found ? 'placed' : 'required_runtimes',
    )
  })

  test('that are missing or cannot be read are named', () => {
    expect(explainRequired({ node: '>=20' })).toContain('node >=20')
    expect(explainRequired({ node: '>=20', shell: 5 })).toContain('cannot be read: shell 5')
    expect(explainRequired([])).toContain('Write them as')
  })
})

describe('placement', () => {
  test('keeps executions off workers without the selected labels', () => {
    const workers = [
      worker(1, offering({ labels: { zone: 'a' } })),
      worker(2, offering({ labels: { zone: 'b' } })),
    ]

    expect(chosen(place(workers, Array(4).fill(requirement({ worker_selector: { zone: 'b' } })), 0))).toEqual(
      [2, 2, 2, 2],
    )
    expect(outcome(workers, { worker_selector: { zone: 'c' } })).toBe('placement')
  })

  test.each<Given>([
    { worker_selector: 'zone=a' },
    { worker_selector: { zone: 1 } },
    { worker_tolerations: { key: 'a' } },
    { worker_affinity: { requierd: [] } },
  ])('that cannot be read places nowhere: %j', (given) => {
    const { reason, message } = refusal([worker(1)], given)

    expect(reason).toBe('placement')
    expect(message).toMatch(/^The stored placement cannot be read: worker_\w+/)
  })

  test('places nothing on a worker whose labels or taints cannot be read', () => {
    const workers = [worker(1, offering({ taints: 'gpu' })), worker(2, offering({ labels: [] }))]

    expect(outcome(workers)).toBe('placement')
  })

  test('prefers the highest score whatever the load', () => {
    const workers = [
      worker(1, { ...offering({ labels: { zone: 'a' } }), load: 50 }),
      worker(2, offering({})),
      worker(3, offering({ taints: [{ key: 'x', effect: 'prefer_no_schedule' }] })),
    ]
    const affinity = { preferred: [{ weight: 5, preference: { match_labels: { zone: 'a' } } }] }

    expect(chosen(place(workers, [requirement({ worker_affinity: affinity })], 0))).toEqual([1])
    expect(chosen(place(workers.slice(1), [requirement(), requirement()], 0))).toEqual([2, 2])
  })
})

describe('availability', () => {
  test.each<[Partial<WorkerCandidate>, string]>([
    [{ status: 'inactive' }, 'unavailable'],
    [{ status: 'error' }, 'unavailable'],
    [{ status: 'busy' }, 'unavailable'],
    [{ cordoned: true }, 'unavailable'],
    [{ heartbeat_age_seconds: 90.5 }, 'stale'],
    [{ heartbeat_age_seconds: null }, 'stale'],
    [{ heartbeat_age_seconds: 90 }, 'placed'],
    [{ heartbeat_age_seconds: -3 }, 'placed'],
  ])('of a worker with %j: %s', (given, expected) => {
    expect(outcome([worker(1, given)])).toBe(expected)
  })
})

test('the reason is the first filter that leaves no worker, in the order of the reasons', () => {
  const unfit = {
    ...offering({ runtimes: ['shell'], runtime_versions: { shell: ['5.2'] } }),
    cordoned: true,
    heartbeat_age_seconds: null,
  }
  const wrongs: Given[] = [
    { worker_selector: { zone: 'a' } },
    { required_worker_runtimes: { node: '*' } },
    { runtime_version_constraint: '>=6' },
    { runtime: { names: ['python'] } },
  ]
  const seen = [outcome([worker(1, { heartbeat_age_seconds: null })]), outcome([worker(1, unfit)])]
  let given: Given = {}
  for (const wrong of wrongs) {
    given = { ...given, ...wrong }
    seen.push(outcome([worker(1, unfit)], given))
  }
  seen.push(outcome([], given))

  expect(seen.toReversed()).toEqual([...unschedulableReasons])
})

test('who was removed by which filter, and why, is told for each worker', () => {
  const workers = [
    worker(1, { capabilities: { runtimes: ['ruby', 'go'] } }),
    worker(2, offering({ labels: { zone: 'b' }, taints: [{ key: 'gpu', value: 'x' }] })),
    worker(3, { ...offering({ labels: { zone: 'a' } }), cordoned: true }),
    worker(4, { ...offering({ labels: { zone: 'a' } }), heartbeat_age_seconds: 600.2 }),
  ]
  const { reason, message, removed } = refusal(workers, { worker_selector: { zone: 'a' } })

  expect(reason).toBe('stale')
  expect(message).toBe('All workers that fit have sent no heartbeat for 90 s: worker-4. Restart one.')
  expect(removed).toEqual([
    { worker: 'worker-1', filter: 'runtime', why: 'offers ruby, go' },
    {
      worker: 'worker-2',
      filter: 'placement',
      why: 'does not have the labels of the worker selector: has labels zone=b and taints gpu=x',
    },
    { worker: 'worker-3', filter: 'unavailable', why: 'is cordoned' },
    { worker: 'worker-4', filter: 'stale', why: 'sent its last heartbeat 600 s ago' },
  ])
})

describe('a batch', () => {
  test('takes turns in the order of names, beginning with the turn given', () => {
    const workers = [worker(3), worker(1), worker(2)]

    expect(chosen(place(workers, many(1), 0))).toEqual([1])
    expect(chosen(place(workers, many(1), 1))).toEqual([2])
    expect(chosen(place(workers, many(1), 5))).toEqual([3])
  })

  test('fills the worker with the most free slots first, and counts what it places', () => {
    const workers = [
      worker(1, { ...slots(4), load: 1 }),
      worker(2, slots(2)),
      worker(3, { ...slots(2), load: 1 }),
    ]

    expect(chosen(place(workers, many(6), 0))).toEqual([1, 2, 1, 3, 2, 1])
    expect(chosen(place(workers, many(1), 0))).toEqual([1])
  })

  test('goes to the least loaded when nobody has a free slot', () => {
    const workers = [worker(1, { ...slots(20), load: 22 }), worker(2, { ...slots(2), load: 5 })]

    expect(chosen(place(workers, many(3), 0))).toEqual([2, 2, 2])
  })

  test('assumes ten slots where a worker does not say', () => {
    const workers = [
      worker(1, { ...offering({}), load: 3 }),
      worker(2, offering({ max_concurrent_executions: 6 })),
    ]

    expect(chosen(place(workers, many(1), 0))).toEqual([1])
  })

  test('shares load between executions that ask for different things', () => {
    const workers = [worker(1, offering({ labels: { zone: 'a' } })), worker(2)]
    const batch = [...many(3, { worker_selector: { zone: 'a' } }), ...many(3)]

    expect(chosen(place(workers, batch, 0))).toEqual([1, 1, 1, 2, 2, 2])
  })

  test('does not change the candidates it is given', () => {
    const workers = [worker(1)]
    place(workers, many(5), 0)

    expect(workers).toEqual([worker(1)])
  })

  test('gives an execution that cannot be placed its reason without disturbing the others', () => {
    const placements = place(
      [worker(1)],
      [requirement(), requirement({ runtime: { names: ['ruby'] } }), requirement()],
      0,
    )

    expect(placements.map(({ kind }) => kind)).toEqual(['placed', 'nowhere', 'placed'])
  })
})

/** A worker and an execution in the words of the rules, from which rows are made. */
const anyWorker = fc.record({
  status: fc.constantFrom<WorkerCandidate['status'][]>('active', 'active', 'active', 'inactive', 'error'),
  cordoned: fc.constantFrom(false, false, false, true),
  age: fc.constantFrom(1, 1, 1, 200, null),
  load: fc.nat(5),
  slots: fc.nat(6),
  runtimes: fc.subarray(['shell', 'python', 'node']),
  versions: fc.subarray(['3.11.2', '3.12.4']),
  zone: fc.constantFrom('a', 'b'),
  tainted: fc.boolean(),
})
const anyWish = fc.record({
  runtime: fc.constantFrom('shell', 'python', undefined),
  version: fc.constantFrom('3.12.4', null, null),
  needsNode: fc.boolean(),
  zone: fc.constantFrom('a', undefined),
  shuns: fc.constantFrom('b', undefined),
  tolerates: fc.boolean(),
  prefers: fc.constantFrom('a', 'b'),
})
type AnyWorker = typeof anyWorker extends fc.Arbitrary<infer T> ? T : never
type AnyWish = typeof anyWish extends fc.Arbitrary<infer T> ? T : never

function toCandidate(given: AnyWorker, id: number): WorkerCandidate {
  const { status, cordoned, age, load, runtimes, versions, zone, tainted, slots: max } = given
  const capabilities = {
    runtimes,
    runtime_versions: { python: versions },
    labels: { zone },
    taints: tainted ? [{ key: 'gpu' }] : [],
    max_concurrent_executions: max,
  }
  return worker(id, { status, cordoned, heartbeat_age_seconds: age, load, capabilities })
}

function toRequirement({
  runtime,
  version,
  needsNode,
  zone,
  shuns,
  tolerates,
  prefers,
}: AnyWish): Requirement {
  return {
    runtime: runtime === undefined ? undefined : { names: [runtime.toUpperCase()] },
    runtime_version_constraint: version,
    required_worker_runtimes: needsNode ? { nodejs: '*' } : {},
    placements: [
      {
        worker_selector: zone === undefined ? null : { zone },
        worker_tolerations: tolerates ? [{ key: 'gpu', operator: 'exists' }] : [],
        worker_affinity: {
          anti_affinity: shuns === undefined ? [] : [{ match_labels: { zone: shuns } }],
          preferred: [{ weight: 7, preference: { match_labels: { zone: prefers } } }],
        },
      },
    ],
  }
}

function maySit(one: AnyWorker, wish: AnyWish): boolean {
  return [
    one.status === 'active' && !one.cordoned && one.age === 1,
    wish.runtime === undefined || one.runtimes.includes(wish.runtime),
    wish.version === null || (wish.runtime === 'python' && one.versions.includes(wish.version)),
    !wish.needsNode || one.runtimes.includes('node'),
    wish.zone === undefined || one.zone === wish.zone,
    wish.shuns !== one.zone,
    !one.tainted || wish.tolerates,
  ].every(Boolean)
}

const scene = fc.record({
  workers: fc.array(anyWorker, { maxLength: 8 }),
  wishes: fc.array(anyWish, { maxLength: 12 }),
  turn: fc.nat(),
})

test('an execution is placed exactly if a worker may have it, and on the most preferred of these', () => {
  fc.assert(
    fc.property(scene, ({ workers, wishes, turn }) => {
      const placed = chosen(place(workers.map(toCandidate), wishes.map(toRequirement), turn))
      const best = wishes.map((wish) => {
        const allowed = workers.flatMap((one, id) => (maySit(one, wish) ? [{ id, zone: one.zone }] : []))
        const preferred = allowed.filter(({ zone }) => zone === wish.prefers)
        return (preferred.length > 0 ? preferred : allowed).map(({ id }) => id)
      })
      expect(placed).toHaveLength(wishes.length)
      expect(
        placed.map((id, index) => (id === undefined ? best[index]?.length === 0 : best[index]?.includes(id))),
      ).toEqual(wishes.map(() => true))
    }),
    { numRuns: 100 },
  )
})

test('workers that are equally good end up equally loaded, to within one execution', () => {
  const equals = fc.record({
    count: fc.integer({ min: 1, max: 9 }),
    batch: fc.nat(60),
    max: fc.nat(12),
    turn: fc.nat(),
  })
  fc.assert(
    fc.property(equals, ({ count, batch, max, turn }) => {
      const workers = Array.from({ length: count }, (_, index) => worker(index, slots(max)))
      const placed = chosen(place(workers, many(batch), turn))
      const loads = workers.map(({ id }) => placed.filter((one) => one === id).length)
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
    }),
  )
})

test('batches of one spread over equals when the turn moves on', () => {
  const workers = Array.from({ length: 5 }, (_, index) => worker(index))
  const placed = Array.from({ length: 10 }, (_, turn) => chosen(place(workers, [requirement()], turn))[0])

  expect(placed).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
})

test('what an execution asks for itself, however it came into its row, opens no worker that its action shuns', () => {
  const none = { worker_selector: null, worker_tolerations: null, worker_affinity: null }
  const action = {
    runtime_name: 'shell',
    runtime_aliases: null,
    runtime_version_constraint: null,
    required_worker_runtimes: {},
    worker_selector: { zone: 'a' },
    worker_tolerations: [],
    worker_affinity: {},
  }
  const fenced = worker(1, offering({ labels: { zone: 'a' }, taints: [{ key: 'vault' }] }))
  const elsewhere = worker(2, offering({ labels: { zone: 'b' } }))
  const wishes: Partial<PlacementColumns>[] = [
    {},
    { worker_tolerations: [{ key: 'vault', operator: 'exists' }] },
    { worker_selector: {} },
    { worker_selector: { zone: 'b' } },
    { worker_affinity: { required: [{}] } },
    { worker_selector: [], worker_tolerations: {}, worker_affinity: 'any' },
  ]

  for (const wish of wishes) {
    const [placement] = place([fenced, elsewhere], [requirementOf({ ...none, ...wish }, action)], 0)
    expect(placement, JSON.stringify(wish)).toMatchObject({ kind: 'nowhere', reason: 'placement' })
  }
})
