import { crc32, deflateRawSync, gzipSync } from 'node:zlib'

/*
 * Archives written byte by byte: what is wrong with them is what no library would write.
 */

const BLOCK = 512

type TarEntry = {
  name?: string | Buffer
  content?: string | Buffer
  /** One character; '0' is a file, '5' a folder. */
  type?: string
  mode?: number
  link?: string
  /** What the header says instead of the length of the content. */
  size?: number | Buffer
  badChecksum?: boolean
}

/** One entry of a tar: header, content, padding. */
export function tarEntry(entry: TarEntry): Buffer {
  const { name = 'file', content = '', type = '0', mode = 0o644, link = '', badChecksum = false } = entry
  const bytes = Buffer.from(content)
  const size = entry.size ?? bytes.length
  const header = Buffer.alloc(BLOCK)
  Buffer.from(name).copy(header, 0, 0, 100)
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  if (Buffer.isBuffer(size)) size.copy(header, 124)
  else header.write(octal(size, 11), 124)
  header.write(octal(0, 11), 136)
  header.write(' '.repeat(8), 148)
  header.write(type, 156)
  header.write(link, 157, 100)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((all, byte) => all + byte, badChecksum ? 1 : 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)])
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

export const tarEnd = Buffer.alloc(2 * BLOCK)

/** An extended header for the entry behind it (`x`) or for all (`g`). */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): Buffer {
  return tarEntry({ name: 'PaxHeader', type, content: Object.entries(records).map(paxRecord).join('') })
}

export function paxRecord([key, value]: readonly [string, string]): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest) + 1
  while (Buffer.byteLength(`${length}${rest}`) !== length) length += 1
  return `${length}${rest}`
}

/** A tar of entries and of blocks as they are, with its end. */
export function tar(...parts: readonly (TarEntry | Buffer)[]): Buffer {
  return Buffer.concat([...parts.map((part) => (Buffer.isBuffer(part) ? part : tarEntry(part))), tarEnd])
}

export function tgz(...parts: readonly (TarEntry | Buffer)[]): Buffer {
  return gzipSync(tar(...parts))
}

export type ZipEntry = {
  name?: string | Buffer
  content?: string | Buffer
  mode?: number
  method?: number
  flags?: number
  /** What is said of the content instead of what is so. */
  crc?: number
  size?: number
  /** What the header before the content says, where that differs. */
  localName?: string
  localSize?: number
  /** Points to the content of the entry with this number. */
  sharesWith?: number
}

/** A zip of entries. */
export function zip(...entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  const offsets: number[] = []
  let offset = 0
  for (const entry of entries) {
    const written = zipEntry(entry)
    const at = entry.sharesWith === undefined ? offset : (offsets[entry.sharesWith] ?? 0)
    offsets.push(at)
    central.push(written.central(at))
    if (entry.sharesWith !== undefined) continue
    locals.push(written.local)
    offset += written.local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

function zipEntry(entry: ZipEntry): { local: Buffer; central(at: number): Buffer } {
  const { content = '', mode = 0o100644, method = 8, flags = 0x800 } = entry
  const bytes = Buffer.from(content)
  const packed = method === 8 ? deflateRawSync(bytes) : bytes
  const name = Buffer.from(entry.name ?? 'file')
  const about = { method, flags, crc: entry.crc ?? crc32(bytes), packed: packed.length }
  const size = entry.size ?? bytes.length
  const localName = entry.localName === undefined ? name : Buffer.from(entry.localName)
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  writeCommon(local, 4, { ...about, size: entry.localSize ?? size, name: localName.length })
  return {
    local: Buffer.concat([local, localName, packed]),
    central(at) {
      const header = Buffer.alloc(46)
      header.writeUInt32LE(0x02014b50, 0)
      header.writeUInt16LE((3 << 8) | 20, 4) // made on unix
      writeCommon(header, 6, { ...about, size, name: name.length })
      header.writeUInt32LE(mode * 0x10000, 38)
      header.writeUInt32LE(at, 42)
      return Buffer.concat([header, name])
    },
  }
}

type Common = { method: number; flags: number; crc: number; packed: number; size: number; name: number }

function writeCommon(header: Buffer, at: number, { method, flags, crc, packed, size, name }: Common): void {
  header.writeUInt16LE(20, at)
  header.writeUInt16LE(flags, at + 2)
  header.writeUInt16LE(method, at + 4)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(packed, at + 14)
  header.writeUInt32LE(size, at + 18)
  header.writeUInt16LE(name, at + 22)
}
