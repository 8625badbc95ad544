import { type Constraints, type Grant, type Resource, resources } from '../../caller/permission.ts'
import type { FieldProblem } from '../../../problem.ts'

/** Resources whose targets have a ref and belong to a pack. */
const ofPacks = [
  'packs',
  'actions',
  'queues',
  'rules',
  'triggers',
  'runtimes',
  'executions',
  'events',
  'enforcements',
  'artifacts',
] as const satisfies Resource[]

/** Where a constraint can hold at all. Those of `nowhere` name rows that come and go: only a pack's file has them. */
const places: Readonly<Record<keyof Constraints, readonly Resource[] | 'anywhere' | 'nowhere'>> = {
  pack_refs: ofPacks,
  refs: [...ofPacks, 'keys'],
  owner: ['packs', 'keys', 'artifacts'],
  owner_types: ['keys', 'artifacts'],
  visibility: ['artifacts'],
  execution_scope: ['executions'],
  encrypted: ['keys'],
  attributes: 'anywhere',
  owner_refs: 'nowhere',
  ids: 'nowhere',
}

const words: { [Name in keyof Constraints]?: readonly string[] } = {
  owner_types: ['system', 'identity', 'pack', 'action', 'sensor'],
  visibility: ['public', 'private'],
}

/** What is wrong with grants that a person wrote: each names its grant. None: they may be stored. */
export function grantProblems(grants: readonly Grant[]): FieldProblem[] {
  return grants.flatMap((grant, index) => {
    const at = (path: string) => (message: string) => ({ field: `grants.${index}.${path}`, message })
    if (!isResource(grant.resource))
      return [at('resource')(`must be one of ${Object.keys(resources).join(', ')}`)]
    return [
      ...actionProblems(grant, grant.resource).map(at('actions')),
      ...constraintProblems(grant, grant.resource).map(({ name, message }) =>
        at(`constraints.${name}`)(message),
      ),
    ]
  })
}

function isResource(name: string): name is Resource {
  return Object.hasOwn(resources, name)
}

function actionProblems({ actions }: Grant, resource: Resource): string[] {
  const known: readonly string[] = resources[resource]
  if (actions.length === 0) return [`must name at least one of ${known.join(', ')}`]
  const unknown = actions.filter((action) => !known.includes(action))
  return unknown.length === 0 ? [] : [`${unknown.join(', ')}: ${resource} knows only ${known.join(', ')}`]
}

function constraintProblems(
  { constraints = {} }: Grant,
  resource: Resource,
): { name: string; message: string }[] {
  const names = Object.keys(places) as (keyof Constraints)[]
  const given = names.filter((name) => constraints[name] !== undefined)
  const problems = given.flatMap((name) => {
    const message = misplaced(places[name], resource) ?? badValue(name, constraints[name])
    return message === undefined ? [] : [{ name, message }]
  })
  return given.includes('pack_refs') && given.includes('refs')
    ? [
        ...problems,
        { name: 'refs', message: 'cannot stand beside pack_refs; give the grant twice, each with one' },
      ]
    : problems
}

function misplaced(place: (typeof places)[keyof Constraints], resource: Resource): string | undefined {
  if (place === 'anywhere') return undefined
  if (place === 'nowhere') return 'cannot be given here, only in the file of a pack'
  return place.includes(resource) ? undefined : `does not narrow ${resource}, only ${place.join(', ')}`
}

function badValue(name: keyof Constraints, value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined
  if (value.length === 0)
    return 'names nothing, so the grant would permit nothing; leave it out or name something'
  const known = words[name]
  if (known === undefined || value.every((one) => known.includes(one))) return undefined
  return `must be of ${known.join(', ')}`
}
