import { type Random, seeded } from '../random.ts'
import type { Attack, HostileRole } from './attack.ts'
import { actionAuthor, packAuthor, ruleAuthor } from './authors.ts'
import { sensor, viewer } from './readers.ts'
import { stranger } from './stranger.ts'
import { openWire, type Wire } from './wire.ts'

export const hostileRoles: readonly HostileRole[] = [
  ruleAuthor,
  actionAuthor,
  packAuthor,
  viewer,
  sensor,
  stranger,
]

/** How often an attack was made, and what was answered: statuses and `none`, counted. */
export type Tally = { role: string; attack: string; times: number; answers: Record<string, number> }

export type Hostile = { role: HostileRole; token: string | undefined }

type AssaultOptions = { port: number; seed: number; each: number; until: number }

/** Everybody hostile is at work until then, each with an address of their own. */
export async function assault(
  hostile: readonly Hostile[],
  { port, seed, each, until }: AssaultOptions,
): Promise<Tally[]> {
  const tallies = new Map<Attack, Tally>()
  const numbers = new Map<HostileRole, number>()
  const wires: Wire[] = []
  const lanes = hostile.flatMap((one, place) =>
    Array.from({ length: each }, (_, lane) => {
      const wire = openWire(port, `127.0.1.${10 + place * 10 + lane}`)
      wires.push(wire)
      return { ...one, wire, random: seeded(seed * 1000 + place * 100 + lane) }
    }),
  )
  async function work({
    role,
    token,
    wire,
    random,
  }: Hostile & { wire: Wire; random: Random }): Promise<void> {
    const next = () => {
      const number = (numbers.get(role) ?? 0) + 1
      numbers.set(role, number)
      return number
    }
    while (Date.now() < until) {
      const attack = random.pick(role.attacks)
      const answers = await attack.run({ wire, token, random, next })
      count(tallies, { role, attack }, answers)
    }
  }
  try {
    await Promise.all(lanes.map(work))
  } finally {
    for (const wire of wires) wire.close()
  }
  return [...tallies.values()]
}

function count(
  tallies: Map<Attack, Tally>,
  { role, attack }: { role: HostileRole; attack: Attack },
  answers: readonly (number | undefined)[],
): void {
  const tally = tallies.get(attack) ?? { role: role.name, attack: attack.name, times: 0, answers: {} }
  tallies.set(attack, tally)
  tally.times += 1
  for (const status of answers) {
    const word = status === undefined ? 'none' : String(status)
    tally.answers[word] = (tally.answers[word] ?? 0) + 1
  }
}
