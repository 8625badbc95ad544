import { Refusal } from './refusal.ts'
import { notTheApi } from './unreachable.ts'

/** What a call brings, whatever its path is. */
type Answer<Body> = { data?: Body; error?: unknown; response: Response }

/** The body of a success. Anything else is a `Refusal`. */
export async function answerOf<Body>(call: Promise<Answer<Body>>): Promise<Body> {
  const { data, error, response } = await call
  if (!response.ok) throw new Refusal(response, error)
  if (data === undefined) throw notTheApi(`The server's answer is empty`)
  return data
}

/** What stands in the envelope of a success. */
export async function dataOf<Body extends { data: unknown }>(
  call: Promise<Answer<Body>>,
): Promise<Body['data']> {
  const { data } = await answerOf(call)
  if (data === undefined) throw notTheApi(`The server's answer has no data`)
  return data
}

/** An answer that comes piece by piece: server-sent events, or lines. */
export async function streamOf(
  call: Promise<Answer<ReadableStream<Uint8Array> | null>>,
): Promise<ReadableStream<Uint8Array>> {
  return (await answerOf(call)) ?? new Blob([]).stream()
}
