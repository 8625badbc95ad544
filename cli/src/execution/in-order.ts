/** What a stream of output says: text with the time when it came, or that there is nothing more for the moment. */
export type OutputItem = { kind: 'text'; text: string; at_ms: number } | { kind: 'idle' }

type Source<Name> = {
  name: Name
  items: AsyncIterator<OutputItem>
  pending: Promise<void> | undefined
  head: { text: string; at_ms: number } | undefined
  /** It has said that it has nothing, since another has had something. */
  idle: boolean
  ended: boolean
}

/**
 * Several outputs in the order in which they were written. Text waits until every other output has later text, has
 * none, or has ended.
 */
export async function* inOrder<Name>(
  outputs: ReadonlyMap<Name, AsyncIterable<OutputItem>>,
): AsyncGenerator<{ name: Name; text: string }> {
  const sources = [...outputs].map(([name, items]): Source<Name> => {
    const iterator = items[Symbol.asyncIterator]()
    return { name, items: iterator, pending: undefined, head: undefined, idle: false, ended: false }
  })
  try {
    for (;;) {
      const [first] = sources
        .filter(({ head }) => head !== undefined)
        .toSorted((a, b) => (a.head?.at_ms ?? 0) - (b.head?.at_ms ?? 0))
      if (first?.head !== undefined && sources.every(isKnown)) {
        yield { name: first.name, text: first.head.text }
        first.head = undefined
        first.idle = false
        continue
      }
      const waited = sources.filter(({ head, ended }) => head === undefined && !ended)
      if (waited.length === 0) return
      await Promise.race(waited.map((source) => (source.pending ??= next(source, sources))))
    }
  } finally {
    // One that waits for its server ends when that answers; nobody has to wait for it.
    for (const { items } of sources) items.return?.().catch(() => undefined)
  }
}

function isKnown({ head, idle, ended }: Source<unknown>): boolean {
  return head !== undefined || idle || ended
}

async function next(source: Source<unknown>, all: readonly Source<unknown>[]): Promise<void> {
  const { done, value } = await source.items.next()
  source.pending = undefined
  if (done === true) {
    source.ended = true
    return
  }
  if (value.kind === 'idle') {
    source.idle = true
    return
  }
  source.head = value
  for (const other of all) if (other !== source) other.idle = false
}
