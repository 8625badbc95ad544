import { code, generatedNote, mermaid, page, table } from './markdown.ts'

/** How a noun with a status lives. */
export type Life = {
  /** The heading, and what stands above the drawing. */
  title: string
  intro: string
  first: string
  statuses: readonly string[]
  /** From, to, and who takes the step. */
  transitions: readonly (readonly [from: string, to: string, by: string])[]
}

/** `docs/states/….md`: a life, drawn and as a table. */
export function statesPage(life: Life): string {
  return page([
    generatedNote,
    `# ${life.title}`,
    life.intro,
    diagram(life),
    '## Steps',
    table(
      ['from', 'to', 'taken by'],
      life.transitions.map(([from, to, by]) => [code(from), code(to), by]),
    ),
    '## Statuses',
    table(
      ['status', 'kind'],
      life.statuses.map((status) => [code(status), kindOf(life, status)]),
    ),
  ])
}

function diagram(life: Life): string {
  const steps = new Map<string, string[]>()
  for (const [from, to, by] of life.transitions) {
    const step = `${from} --> ${to}`
    steps.set(step, [...(steps.get(step) ?? []), by])
  }
  const drawn = [...steps].map(([step, by]) => `  ${step}: ${by.join(', ')}`)
  const ends = life.statuses
    .filter((status) => kindOf(life, status) === 'end')
    .map((status) => `  ${status} --> [*]`)
  return mermaid(['stateDiagram-v2', `  [*] --> ${life.first}`, ...drawn, ...ends])
}

function kindOf({ first, transitions }: Life, status: string): string {
  if (status !== first && !transitions.some(([, to]) => to === status))
    return 'known to the store; no step leads there'
  return transitions.some(([from]) => from === status) ? 'live' : 'end'
}
