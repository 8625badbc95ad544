import { type Expression } from '../../../expressions/expression.ts'
import { anElement, findReferences, staticPath } from '../../../expressions/references.ts'
import type { Compiled } from '../../../expressions/compile.ts'
import { segmentsOf } from '../../../text/json-pointer.ts'
import type { CompiledConditions } from './conditions.ts'
import { pathOf } from './event-field.ts'
import type { SecretAccess } from './matched-event.ts'

/** Where secrets lie: JSON pointers, with `*` for any index or name. */
export type SecretPlaces = { config: readonly string[]; event: readonly string[] }

/**
 * Which secrets a rule decides on or makes something of, as far as its text says. A template that is nothing but a path
 * hands on what it finds, and a condition decides on all that it reads.
 */
export function secretUseOf(
  conditions: CompiledConditions,
  templates: readonly Pick<Compiled, 'expression'>[],
  places: SecretPlaces,
): SecretAccess {
  const paths = [
    ...pathsOf(conditions),
    ...templates.flatMap(({ expression }) => (isPath(expression) ? [] : readBy(expression))),
  ]
  const meets = (roots: readonly (readonly string[])[], pointers: readonly string[]) =>
    pointers.some((pointer) =>
      paths.some((path) => roots.some((root) => overlaps(path, [...root, ...segmentsOf(pointer)]))),
    )
  return {
    config: meets([['config'], ['pack', 'config']], places.config),
    event: meets([['event', 'payload']], places.event),
  }
}

type Path = readonly (string | number)[]

function isPath(expression: Expression): boolean {
  return staticPath(expression) !== undefined
}

function readBy(expression: Expression): Path[] {
  return [...findReferences(expression).paths]
}

function pathsOf(conditions: CompiledConditions): Path[] {
  switch (conditions.kind) {
    case 'always':
    case 'broken':
      return []
    case 'expression':
      return readBy(conditions.condition.compiled.expression)
    case 'clauses':
      return conditions.clauses.map(({ field }) => [
        'event',
        ...pathOf(field).map((step) => (step.kind === 'key' ? step.key : anElement)),
      ])
  }
}

/** One leads to the other, or into it. A negative index may be any. */
function overlaps(path: Path, place: readonly string[]): boolean {
  return path.every((key, i) => {
    const other = place[i]
    return (
      other === undefined || other === '*' || other === String(key) || (typeof key === 'number' && key < 0)
    )
  })
}
