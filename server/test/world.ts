import type { Database } from '../src/database/database.ts'
import type { Route } from '../src/http/route.ts'
import * as given from './given.ts'

/** One of everything, in one pack, by what routes call it. */
export type World = {
  pack: string
  /** Values of path parameters, by the segment before them, or by their name. */
  named: Readonly<Record<string, string | number>>
}

/** Parameters that choose among what is always there. */
const choices: Readonly<Record<string, string>> = { status: 'requested', stream: 'stdout' }

export async function makeWorld(db: Database): Promise<World> {
  const pack = await given.pack(db)
  const owner = { pack: pack.id, pack_ref: pack.ref }
  const runtime = await given.runtime(db, owner)
  const action = await given.action(db, { ...owner, runtime: runtime.id })
  const trigger = await given.trigger(db, owner)
  const sensor = await given.sensor(db, { ...owner, runtime: runtime.id })
  const rule = await given.rule(db, { ...owner, trigger: trigger.id, action: action.id })
  const event = await given.event(db, { trigger: trigger.id })
  const enforcement = await given.enforcement(db, { rule: rule.id, event: event.id })
  const execution = await given.execution(db, { action: action.id, enforcement: enforcement.id })
  const worker = await given.worker(db)
  const identity = await given.identity(db)
  const set = await given.permissionSet(db)
  return {
    pack: pack.ref,
    named: {
      packs: pack.ref,
      pack_ref: pack.ref,
      actions: action.ref,
      action_ref: action.ref,
      triggers: trigger.ref,
      trigger_ref: trigger.ref,
      sensors: sensor.ref,
      sensor_ref: sensor.ref,
      rules: rule.ref,
      runtimes: runtime.ref,
      events: event.id,
      enforcements: enforcement.id,
      enforcement_id: enforcement.id,
      executions: execution.id,
      workers: worker.id,
      identities: identity.id,
      sets: set.id,
      ...choices,
    },
  }
}

/** The path of a route with the things of the world in it; what the world lacks is a thing that is not there. */
export function pathIn({ named }: World, route: Pick<Route, 'path' | 'params'>): string {
  const segments = route.path.split('/')
  return segments
    .map((segment, at) => {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1]
      if (name === undefined) return segment
      return String(named[name] ?? named[segments[at - 1] ?? ''] ?? absent(route, name))
    })
    .join('/')
}

/** The path with things that are nowhere. */
export function pathToNothing(route: Pick<Route, 'path' | 'params'>): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => absent(route, name))
}

function absent({ params }: Pick<Route, 'params'>, name: string): string {
  const chosen = choices[name]
  if (chosen !== undefined) return chosen
  const schema: unknown = Reflect.get(params ?? {}, 'properties')
  const property: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, name) : {}
  const type: unknown = typeof property === 'object' && property !== null ? Reflect.get(property, 'type') : ''
  if (type === 'integer') return '987654321'
  const options: unknown =
    typeof property === 'object' && property !== null ? Reflect.get(property, 'enum') : []
  return Array.isArray(options) && options.length > 0 ? String(options[0]) : 'nowhere.nothing'
}
