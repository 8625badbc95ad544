const LATER: ReadonlySet<number> = new Set([408, 425, 429])
/** What may be asked again whatever became of the first time. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'PUT'])

const TRIES = 4
const FIRST_WAIT_MS = 250
/** A command does not sleep longer than a person waits. */
const LONGEST_WAIT_MS = 60_000

/** Not yet, says the server: it has done nothing. */
export function isLater(status: number): boolean {
  return LATER.has(status)
}

/** How long to wait before a call is made again; undefined where its answer counts. */
export function waitBeforeNextTry(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  { method, tries }: { method: string; tries: number },
): number | undefined {
  const later = isLater(status) || (status >= 500 && REPEATABLE.has(method))
  if (!later || tries >= TRIES) return undefined
  const wait = askedWait(headers.get('retry-after')) ?? FIRST_WAIT_MS * 2 ** (tries - 1)
  return wait <= LONGEST_WAIT_MS ? wait : undefined
}

/** What `Retry-After` asks for: seconds or a date. */
export function askedWait(text: string | null): number | undefined {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
