import type { Json } from '../json.ts'
import { type Asked, needElements, ofElement } from './each.ts'
import { checkElements, type Frame, spend } from './frame.ts'
import { isTainted, memberTaint, type Taint } from './taint.ts'
import { truthy } from './value.ts'

/** A value and what of it is secret. */
export type Traced = { readonly value: Json; readonly taint: Taint }

/** What was asked of one element, and what it answered. */
export type Answer = { readonly place: number; readonly item: Traced; readonly answer: Traced }

/** Asks each element until the answer is known, keeping what each answered. */
export function answersOf(
  frame: Frame,
  asked: Asked,
  { value, taint }: Traced,
  ask: (item: Traced) => Traced,
): Answer[] {
  const answers: Answer[] = []
  for (const [place, each] of needElements(frame, asked.name, value).entries()) {
    spend(frame, 1 + asked.cost)
    const item = { value: each, taint: memberTaint(value, taint, place) }
    const answer = ofElement(asked, place, () => ask(item))
    answers.push({ place, item, answer })
    if (isDecided(asked, answer)) break
  }
  return answers
}

/** Whether the elements after this one need not be asked. */
export function isDecided({ name }: Asked, { value }: Traced): boolean {
  switch (name) {
    case 'any':
    case 'first':
      return truthy(value)
    case 'all':
      return !truthy(value)
    case 'filter':
    case 'map':
    case 'count':
      return false
  }
}

/** What comes of the answers. `on_secret`: it takes a secret to tell, so that all of it is secret. */
export function resultOf(
  frame: Frame,
  { name }: Asked,
  { source, answers }: { source: Traced; answers: readonly Answer[] },
): Traced & { on_secret: boolean } {
  // How many elements a secret has, and whether it has any, tells about it.
  const on_secret =
    source.taint === true || (name !== 'map' && answers.some(({ answer }) => isTainted(answer.taint)))
  const holding = answers.filter(({ answer }) => truthy(answer.value))
  const one = (value: Json) => ({ value, taint: null, on_secret })
  switch (name) {
    case 'any':
      return one(holding.length > 0)
    case 'all':
      return one(holding.length === answers.length)
    case 'count':
      return one(holding.length)
    case 'first':
      return { ...(holding[0]?.item ?? { value: null, taint: null }), on_secret }
    case 'filter':
      return {
        ...listOf(
          frame,
          holding.map(({ item }) => item),
        ),
        on_secret,
      }
    case 'map':
      return {
        ...listOf(
          frame,
          answers.map(({ answer }) => answer),
        ),
        on_secret,
      }
  }
}

function listOf(frame: Frame, items: readonly Traced[]): Traced {
  checkElements(frame, items.length)
  return { value: items.map(({ value }) => value), taint: items.map(({ taint }) => taint) }
}
