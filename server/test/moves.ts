import { describe, expect, test } from 'vitest'

/** What moves rows of a noun, and in whose name. */
export type Mover<Row> = { by: string; work(row: Row): Promise<unknown> }

/** A noun with declared steps, and how a test makes a row of a status and looks at it afterwards. */
export type Moving<Row> = {
  statuses: readonly string[]
  transitions: readonly (readonly [from: string, to: string, by: string])[]
  movers: Readonly<Record<string, Mover<Row>>>
  /** A row that nothing but its status keeps from being moved; the only one of its table. */
  put(status: string): Promise<Row>
  /** The status that it has now; what else is to be seen of a step is asserted there. */
  look(row: Row, from: string): Promise<string>
}

/** Does everything that moves to a row of every status: it takes declared steps alone, and they are all taken. */
export function testMoves<Row>({ statuses, transitions, movers, put, look }: Moving<Row>): void {
  const declared = transitions.map((step) => step.join(' '))
  const taken = new Set<string>()

  describe('what moves', () => {
    test.each(Object.entries(movers))('%s takes declared steps alone', async (_, { by, work }) => {
      const steps: string[] = []
      for (const from of statuses) {
        const row = await put(from)
        await work(row)
        const to = await look(row, from)
        if (to !== from) steps.push([from, to, by].join(' '))
      }

      for (const step of steps) taken.add(step)
      expect(steps).not.toEqual([])
      expect(steps.filter((step) => !declared.includes(step))).toEqual([])
    })

    test('every declared step is taken', () => {
      expect(declared.filter((step) => !taken.has(step))).toEqual([])
    })
  })
}
