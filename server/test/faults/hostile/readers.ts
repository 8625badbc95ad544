import { TRIGGER } from '../pack.ts'
import { type Attacker, ask, atOnce, type HostileRole } from './attack.ts'
import { HOSTILE_TRIGGER } from './pack.ts'

const read = (by: Attacker, path: string, timeout_ms = 15_000) => ask(by, { path, timeout_ms })

export const viewer: HostileRole = {
  name: 'viewer',
  permission_set: 'core.viewer',
  attacks: [
    {
      name: 'search in all results',
      run: (by) =>
        atOnce(6, () =>
          read(
            by,
            `/api/v1/executions?result_contains=${by.random.int(0, 1e9)}&include_total=true&per_page=1000`,
          ),
        ),
    },
    {
      name: 'search that is given up',
      run: (by) =>
        atOnce(6, () => read(by, `/api/v1/executions?result_contains=${by.random.int(0, 1e9)}`, 50)),
    },
    {
      name: 'deep pages',
      run: (by) =>
        atOnce(4, () =>
          read(
            by,
            `/api/v1/${by.random.pick(['events', 'enforcements', 'executions'])}?per_page=1000&page=${by.random.int(50, 100_000)}`,
          ),
        ),
    },
    {
      name: 'every list at its largest',
      run: (by) =>
        atOnce(4, () =>
          read(
            by,
            `/api/v1/${by.random.pick(['events', 'enforcements', 'executions', 'rules', 'actions'])}?per_page=1000&include_total=true`,
          ),
        ),
    },
    {
      name: 'many streams of logs',
      run: (by) =>
        atOnce(20, () =>
          read(
            by,
            `/api/v1/executions/${by.random.int(1, 200)}/logs/${by.random.pick(['stdout', 'stderr'])}/stream`,
            2000,
          ),
        ),
    },
    {
      name: 'export of what is not theirs',
      run: (by) => atOnce(4, () => read(by, '/api/v1/audit-events/export')),
    },
    {
      name: 'what only others may do',
      run: (by) =>
        atOnce(6, () =>
          ask(by, {
            method: by.random.pick(['POST', 'PUT', 'DELETE']),
            path: `/api/v1/${by.random.pick(['rules/faults.every', 'actions/faults.quick', 'packs/faults', 'triggers/faults.happened'])}`,
            body: {},
          }),
        ),
    },
  ],
}

const emit = (by: Attacker, trigger_ref: string, payload: unknown) =>
  ask(by, { method: 'POST', path: '/api/v1/events', body: { trigger_ref, payload } })

/** It works with the token of a sensor, which the campaign gives it. */
export const sensor: HostileRole = {
  name: 'sensor',
  permission_set: undefined,
  attacks: [
    {
      name: 'flood of events',
      run: (by) => atOnce(40, (n) => emit(by, HOSTILE_TRIGGER, { n, text: 'flood' })),
    },
    { name: 'events of others', run: (by) => atOnce(10, (n) => emit(by, TRIGGER, { n: 1_000_000 + n })) },
    {
      name: 'too large an event',
      run: async (by) => [await emit(by, HOSTILE_TRIGGER, { text: 'x'.repeat(1_900_000) })],
    },
    {
      name: 'event with many keys',
      run: async (by) => [
        await emit(
          by,
          HOSTILE_TRIGGER,
          Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n])),
        ),
      ],
    },
    {
      name: 'event that is deep',
      run: async (by) => [
        await ask(by, {
          method: 'POST',
          path: '/api/v1/events',
          body: `{"trigger_ref": "${HOSTILE_TRIGGER}", "payload": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
        }),
      ],
    },
    {
      name: 'event with what cannot be stored',
      run: async (by) => [await emit(by, HOSTILE_TRIGGER, { text: '\u0000\ud800', n: 1e308 })],
    },
  ],
}
