/** Memory for bodies: bytes of all of them together, and of those of one caller. */
export type MemoryLimits = { all: number; each: number }

/** What one body may take from the memory, piece by piece, and gives back at once. */
export type BodyAllowance = {
  /** Whether there was room for so many more bytes. */
  take(bytes: number): boolean
  giveBack(): void
}

const MIB = 1024 * 1024

/** Callers who are known, each by name; and everybody else, each by address. */
export const memoryLimits = {
  known: { all: 256 * MIB, each: 64 * MIB },
  strangers: { all: 16 * MIB, each: 1 * MIB },
} as const satisfies Record<string, MemoryLimits>

/**
 * Counts the bytes of bodies that have come in and whose requests are not answered yet. Whoever sends many halves of
 * bodies, or large ones at once, is told to come later instead of filling the memory.
 */
export function createBodyMemory({ all, each }: MemoryLimits): (who: string) => BodyAllowance {
  const held = new Map<string, number>()
  let total = 0
  return (who) => {
    let taken = 0
    return {
      take(bytes) {
        const own = (held.get(who) ?? 0) + bytes
        if (total + bytes > all || own > each) return false
        total += bytes
        taken += bytes
        held.set(who, own)
        return true
      },
      giveBack() {
        const left = (held.get(who) ?? 0) - taken
        if (left > 0) held.set(who, left)
        else held.delete(who)
        total -= taken
        taken = 0
      },
    }
  }
}
