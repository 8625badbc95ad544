import type { Json } from '../json.ts'
import { ExpressionError } from './error.ts'
import type { Each, EachName } from './expression.ts'
import { checkElements, fail, type Frame, type Site, spend } from './frame.ts'
import { rootValue } from './path.ts'
import { type Misuse, misuseAt, type Scope } from './scope.ts'
import { aType, truthy } from './value.ts'

/** What is asked of the elements of an array, and what that costs for one of them. */
export type Asked = {
  readonly name: EachName
  readonly variable: string
  readonly source: string
  readonly cost: number
}

/** The text of what the elements come from, short enough for a message. */
export function sourceText({ source }: Each, text: string): string {
  const written = text.slice(source.span.start, source.span.end)
  return written.length > 60 ? `${written.slice(0, 60)}…` : written
}

/** An element as a person would point at it: `event.payload.alerts[2]`. */
export function elementName({ source }: Pick<Asked, 'source'>, place: number): string {
  return `${source}[${place}]`
}

export function needElements(frame: Frame, name: EachName, value: Json): readonly Json[] {
  if (Array.isArray(value)) return value
  const remedy =
    'give it an array; keys(…) and values(…) make one of an object, default(…, []) of what is not there'
  return fail(frame, 'type', `${name}() looks at the elements of an array, not of ${aType(value)}`, remedy)
}

/** Asks each element until the answer is known. */
export function askEach(frame: Frame, asked: Asked, items: readonly Json[], ask: (item: Json) => Json): Json {
  const answer = (item: Json, place: number) => {
    spend(frame, 1 + asked.cost)
    return ofElement(asked, place, () => ask(item))
  }
  const holds = (item: Json, place: number) => truthy(answer(item, place))
  switch (asked.name) {
    case 'any':
      return items.some(holds)
    case 'all':
      return items.every(holds)
    case 'first':
      return items.find(holds) ?? null
    case 'count':
      return items.reduce<number>((count, item, place) => count + (holds(item, place) ? 1 : 0), 0)
    case 'filter':
      return checkedList(frame, items.filter(holds))
    case 'map':
      checkElements(frame, items.length)
      return items.map(answer)
  }
}

function checkedList(frame: Frame, items: Json[]): Json[] {
  checkElements(frame, items.length)
  return items
}

/** Lets an error say of which element it was asked. */
export function ofElement<T>(asked: Asked, place: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw error.ofElement(`${asked.variable} is ${elementName(asked, place)}`)
  }
}

/** The name of an element may not hide what has that name already. */
export function shadowing(variable: string): Misuse {
  const problem = `'${variable}' means something here already`
  return { kind: 'parse', problem, remedy: 'choose another name for the element' }
}

/** Which variables there are shows only now where a scope is open. */
export function refuseShadowing(
  frame: Frame,
  variable: string,
  { scope, site }: { scope: Scope; site: Site },
): void {
  const { variables } = scope
  if (variables === undefined || rootValue(frame, variable, variables) === undefined) return
  throw misuseAt(shadowing(variable), site)
}
