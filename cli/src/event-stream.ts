/** What arrives on a server-sent event stream. Comments matter: the log stream says with one that it caught up. */
export type ServerEvent =
  | { kind: 'event'; name: string; id: string | undefined; data: string }
  | { kind: 'comment'; text: string }

/** Splits a stream into events whatever the chunks are. An event cut off by the end of the stream is dropped. */
export function eventParser(): (chunk: string) => ServerEvent[] {
  let rest = ''
  const parseLine = lineParser()
  return (chunk) => {
    // A carriage return at the end may be half of a line break.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    return lines.flatMap(parseLine)
  }
}

/** Follows the fields of one event until the blank line that ends it. */
function lineParser(): (line: string) => ServerEvent[] {
  let name = 'message'
  let id: string | undefined
  let data: string[] = []
  const end = (): ServerEvent[] => {
    const event: ServerEvent = { kind: 'event', name, id, data: data.join('\n') }
    const empty = data.length === 0 && name === 'message'
    name = 'message'
    id = undefined
    data = []
    return empty ? [] : [event]
  }
  return (line) => {
    if (line === '') return end()
    if (line.startsWith(':')) return [{ kind: 'comment', text: line.slice(1).trim() }]
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'event') name = value
    else if (field === 'id') id = value
    else if (field === 'data') data.push(value)
    return []
  }
}

/** The events of an open stream. Leaving the loop closes the stream. */
export async function* serverEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const parse = eventParser()
  for await (const chunk of stream) yield* parse(decoder.decode(chunk, { stream: true }))
}
