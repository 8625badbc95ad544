import { setTimeout as sleep } from 'node:timers/promises'

/** What `work` answers, or `late` after so long; what it does after that is nobody's business. */
export async function within<Answer, Late = undefined>(
  work: Promise<Answer>,
  timeoutMs: number,
  late?: Late,
): Promise<Answer | Late | undefined> {
  const answered = new AbortController()
  try {
    return await Promise.race([work, sleep(timeoutMs, late, { signal: answered.signal })])
  } finally {
    answered.abort()
  }
}
