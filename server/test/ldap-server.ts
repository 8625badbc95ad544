import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Ber, BerReader, BerWriter } from 'ldapts'

/** An entry: lower-case attributes, each with its values. */
export type LdapEntry = {
  dn: string
  password?: string
  attributes: Readonly<Record<string, readonly string[]>>
}

/** What somebody asked of the server. */
type Asked =
  | { kind: 'bind'; dn: string; password: string; encrypted: boolean }
  | { kind: 'search'; as: string; base: string; encrypted: boolean }
  | { kind: 'starttls' }

export type LdapServer = { url: string; port: number; asked: Asked[]; close(): Promise<void> }

type Options = {
  entries: readonly LdapEntry[]
  /** Takes StartTLS with this certificate; refuses it otherwise. */
  tls?: { cert: string; key: string }
  /** Who may search. Default: everybody. */
  searchers?: readonly string[]
}

const RESULT = { success: 0, protocol: 2, invalid_credentials: 49, access: 50 } as const
const OP = {
  bind: 0x60,
  bound: 0x61,
  unbind: 0x42,
  search: 0x63,
  entry: 0x64,
  done: 0x65,
  extended: 0x77,
  extended_done: 0x78,
} as const

/** A directory on a free port that speaks as much LDAP as logins need: bind, search, StartTLS. */
export async function startLdapServer(options: Options): Promise<LdapServer> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    converse(socket, { ...options, asked, as: '', encrypted: false })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `ldap://127.0.0.1:${address.port}`,
    port: address.port,
    asked,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

type Conversation = Options & { asked: Asked[]; as: string; encrypted: boolean }

function converse(socket: Socket, state: Conversation): void {
  let received = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', function onData(chunk: Buffer) {
    received = Buffer.concat([received, chunk])
    for (;;) {
      const reader = new BerReader(received)
      if (reader.readSequence() === null || reader.length > reader.remain) return
      const end = reader.offset + reader.length
      const message = new BerReader(received.subarray(0, end))
      received = received.subarray(end)
      const secured = answer(socket, message, state)
      if (secured !== undefined) {
        socket.off('data', onData)
        return converse(secured, { ...state, encrypted: true })
      }
    }
  })
}

function answer(socket: Socket, message: BerReader, state: Conversation): TLSSocket | undefined {
  message.readSequence()
  const id = message.readInt() ?? 0
  const op = message.peek()
  switch (op) {
    case OP.bind:
      message.readSequence(OP.bind)
      return void socket.write(response(id, OP.bound, bind(message, state)))
    case OP.search:
      message.readSequence(OP.search)
      return void socket.write(search(id, message, state))
    case OP.extended:
      state.asked.push({ kind: 'starttls' })
      socket.write(response(id, OP.extended_done, state.tls === undefined ? RESULT.protocol : RESULT.success))
      return state.tls === undefined ? undefined : new TLSSocket(socket, { isServer: true, ...state.tls })
    case null:
    default:
      socket.end()
      return undefined
  }
}

function bind(message: BerReader, state: Conversation): number {
  message.readInt()
  const dn = message.readString() ?? ''
  const password = message.readString(Ber.Context) ?? ''
  state.asked.push({ kind: 'bind', dn, password, encrypted: state.encrypted })
  const entry = state.entries.find((one) => sameName(one.dn, dn))
  // A bind without a password succeeds for everybody, as in real directories.
  if (password !== '' && (entry?.password === undefined || entry.password !== password))
    return RESULT.invalid_credentials
  state.as = password === '' ? '' : dn
  return RESULT.success
}

function search(id: number, message: BerReader, state: Conversation): Buffer {
  const base = message.readString() ?? ''
  const scope = message.readEnumeration()
  message.readEnumeration()
  message.readInt()
  message.readInt()
  message.readBoolean()
  state.asked.push({ kind: 'search', as: state.as, base, encrypted: state.encrypted })
  if (state.searchers?.includes(state.as) === false) return response(id, OP.done, RESULT.access)
  const isAsked = filterOf(message)
  const found = state.entries.filter(
    (entry) =>
      (scope === 0 ? sameName(entry.dn, base) : entry.dn.toLowerCase().endsWith(base.toLowerCase())) &&
      isAsked(entry),
  )
  return Buffer.concat([
    ...found.map((entry) => entryMessage(id, entry)),
    response(id, OP.done, RESULT.success),
  ])
}

type Filter = (entry: LdapEntry) => boolean

function filterOf(reader: BerReader): Filter {
  const tag = reader.peek()
  if (tag === 0x87) {
    const attribute = reader.readString(0x87) ?? ''
    return (entry) => attribute.toLowerCase() === 'objectclass' || valuesOf(entry, attribute).length > 0
  }
  reader.readSequence()
  const end = reader.offset + reader.length
  switch (tag) {
    case 0xa0:
    case 0xa1: {
      const parts: Filter[] = []
      while (reader.offset < end) parts.push(filterOf(reader))
      return (entry) =>
        tag === 0xa0 ? parts.every((part) => part(entry)) : parts.some((part) => part(entry))
    }
    case 0xa3: {
      const attribute = reader.readString() ?? ''
      const value = reader.readString() ?? ''
      return (entry) => valuesOf(entry, attribute).some((one) => one.toLowerCase() === value.toLowerCase())
    }
    case 0xa4: {
      // Any pattern finds everybody: a login that becomes one must be seen.
      reader.offset = end
      return () => true
    }
    case null:
    default:
      throw new Error(`filter ${tag}`)
  }
}

function valuesOf({ attributes }: LdapEntry, attribute: string): readonly string[] {
  return attributes[attribute.toLowerCase()] ?? []
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function response(id: number, op: number, result: number): Buffer {
  return messageOf(id, op, (writer) => {
    writer.writeEnumeration(result)
    writer.writeString('')
    writer.writeString('')
  })
}

function entryMessage(id: number, { dn, attributes }: LdapEntry): Buffer {
  return messageOf(id, OP.entry, (writer) => {
    writer.writeString(dn)
    writer.startSequence()
    for (const [name, values] of Object.entries(attributes)) {
      writer.startSequence()
      writer.writeString(name)
      writer.startSequence(Ber.Set | Ber.Constructor)
      for (const value of values) writer.writeString(value)
      writer.endSequence()
      writer.endSequence()
    }
    writer.endSequence()
  })
}

function messageOf(id: number, op: number, fill: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(op)
  fill(writer)
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}
