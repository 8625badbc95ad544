/**
 * Looks things up that rarely change, and remembers for a short time what it found. Nothing found is not remembered;
 * who asks while somebody is looking shares the answer.
 */
export type ShortMemory<Value> = (
  key: string,
  find: () => Promise<Value | undefined>,
) => Promise<Value | undefined>

const MAX_ENTRIES = 5000

export function createShortMemory<Value>(ttlMs: number, now: () => number = Date.now): ShortMemory<Value> {
  const entries = new Map<string, { value: Value; until: number }>()
  const looking = new Map<string, Promise<Value | undefined>>()

  async function look(key: string, find: () => Promise<Value | undefined>): Promise<Value | undefined> {
    try {
      const value = await find()
      if (value === undefined) return undefined
      if (entries.size >= MAX_ENTRIES) entries.clear()
      entries.set(key, { value, until: now() + ttlMs })
      return value
    } finally {
      looking.delete(key)
    }
  }

  return async (key, find) => {
    const known = entries.get(key)
    if (known !== undefined && known.until > now()) return known.value
    entries.delete(key)
    let found = looking.get(key)
    if (found === undefined) looking.set(key, (found = look(key, find)))
    return found
  }
}
