import { Header } from 'tar'
import { type ArchiveEntry, refused } from './archive-entry.ts'
import { type ByteReader, createByteReader } from './byte-reader.ts'

const BLOCK = 512
/** Long names and extended headers are read whole. */
const MAX_META_BYTES = 64 * 1024
const MAX_RECORDS = 256

/*
 * The library reads single headers. Its parser of whole archives takes what is said twice and passes over what it does
 * not know, see docs/decisions/0020.
 */

/**
 * The entries of a tar, in order. Every block must be accounted for: what one reader would skip, another could take
 * for an entry. The content of an entry is to be read before the next one is asked for.
 */
export async function* tarEntries(
  source: AsyncIterable<Buffer>,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const reader = createByteReader(source)
  try {
    yield* entriesOf(reader)
  } finally {
    await reader.close()
  }
}

async function* entriesOf(reader: ByteReader): AsyncGenerator<ArchiveEntry, void, undefined> {
  for (;;) {
    const next = await nextHeader(reader)
    if (next === undefined) return requireZeros(reader)
    const { header, path } = next
    const size = header.size ?? 0
    const content = reader.pieces(size)
    yield entryOf(next, whole(content, size, path))
    for await (const _ of content); // what nobody wanted
    await skipPadding(reader, size)
  }
}

type Described = { header: Header; path: string; linkpath: string }

/** Headers that only say something about the entry behind them, and what two of a kind would give it. */
const forewords = {
  NextFileHasLongPath: 'long names',
  NextFileHasLongLinkpath: 'long link targets',
  ExtendedHeader: 'extended headers',
} as const
/** What such headers say, by their type. */
type Foreword = Map<string, Buffer>

/** The next header of an entry, with the names that headers before it give it; undefined at the end. */
async function nextHeader(reader: ByteReader): Promise<Described | undefined> {
  const foreword: Foreword = new Map()
  for (;;) {
    const header = await readHeader(reader)
    if (header === undefined) {
      if (foreword.size > 0) throw refused('ends in the middle of an entry')
      return undefined
    }
    const { type } = header
    if (type === 'GlobalExtendedHeader') requireHarmless(parsePax(await metaBlock(reader, header)))
    else if (!isForeword(type)) return described(header, foreword)
    else if (foreword.has(type)) throw refused(`gives one entry two ${forewords[type]}`)
    else foreword.set(type, await metaBlock(reader, header))
  }
}

function isForeword(type: string): type is keyof typeof forewords {
  return Object.hasOwn(forewords, type)
}

async function readHeader(reader: ByteReader): Promise<Header | undefined> {
  const block = await reader.take(BLOCK)
  if (block.length < BLOCK) throw refused('is cut short')
  if (isZero(block)) {
    const second = await reader.take(BLOCK)
    if (second.length < BLOCK || !isZero(second)) throw refused('does not end as a tar archive does')
    return undefined
  }
  const header = new Header(block)
  if (!header.cksumValid) throw refused('has a header with a wrong checksum', header.path ?? '')
  // Octal digits say up to 8 GiB. The binary form is for what is larger, and for tricks with signs.
  if (!/^ *[0-7]*[\0 ]*$/.test(block.toString('latin1', 124, 136))) {
    throw refused('claims an impossible size', header.path ?? '')
  }
  return header
}

async function metaBlock(reader: ByteReader, header: Header): Promise<Buffer> {
  const size = header.size ?? 0
  if (size > MAX_META_BYTES) throw refused(`has a header of more than ${MAX_META_BYTES} bytes`)
  const block = await reader.take(size)
  if (block.length < size) throw refused('is cut short')
  await skipPadding(reader, size)
  return block
}

/** Headers for all entries are common for comments; names and sizes in them are a trick. */
function requireHarmless(pax: PaxRecords): void {
  const odd = [...pax.keys()].find((key) => /^(path|linkpath|size|GNU\.)/.test(key))
  if (odd !== undefined) throw refused(`has a header for all entries that sets '${odd}'`)
}

function described(header: Header, foreword: Foreword): Described {
  const pax = parsePax(foreword.get('ExtendedHeader') ?? Buffer.alloc(0))
  const name = oneName(foreword.get('NextFileHasLongPath'), pax.get('path')) ?? header.path ?? ''
  const target =
    oneName(foreword.get('NextFileHasLongLinkpath'), pax.get('linkpath')) ?? header.linkpath ?? ''
  if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse'))) throw refused('is a sparse file', name)
  const size = String(header.size ?? 0)
  if ((pax.get('size') ?? size) !== size) throw refused('has two sizes', name)
  return { header, path: name, linkpath: target }
}

/** A NUL ends a long name; anything behind it would be a second one. */
function oneName(block: Buffer | undefined, posix: string | undefined): string | undefined {
  const gnu = block?.toString('utf8').replace(/\0$/, '')
  if (gnu !== undefined && posix !== undefined) throw refused('gives one entry two long names', gnu)
  return posix ?? gnu
}

/** The types of entries that are taken; everything else is refused, known or not. */
const kinds: ReadonlyMap<string, ArchiveEntry['kind']> = new Map([
  ['File', 'file'],
  ['OldFile', 'file'],
  ['ContiguousFile', 'file'],
  ['Directory', 'directory'],
  ['SymbolicLink', 'symlink'],
  ['Link', 'hardlink'],
])

function entryOf(
  { header, path, linkpath: target }: Described,
  content: AsyncIterable<Buffer>,
): ArchiveEntry {
  const { type, size = 0, mode = 0 } = header
  const kind = kinds.get(type)
  if (kind === undefined) throw refused(whyNot(type), path)
  if (kind === 'file') return { kind, path, size, content, executable: (mode & 0o111) !== 0 }
  if (size > 0) throw refused('has content that its type does not have', path)
  return kind === 'directory' ? { kind, path } : { kind, path, target }
}

function whyNot(type: string): string {
  if (type === 'SparseFile') return 'is a sparse file'
  if (/^(CharacterDevice|BlockDevice|FIFO)$/.test(type)) return 'is a device or a pipe'
  return `is of a type that is not taken (${type})`
}

/** Content that ends too early is no content. */
async function* whole(content: AsyncIterable<Buffer>, size: number, path: string): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const piece of content) {
    seen += piece.length
    yield piece
  }
  if (seen < size) throw refused('is cut short', path)
}

async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const padding = (BLOCK - (size % BLOCK)) % BLOCK
  if ((await reader.take(padding)).length < padding) throw refused('is cut short')
}

async function requireZeros(reader: ByteReader): Promise<void> {
  for await (const piece of reader.pieces(Number.MAX_SAFE_INTEGER)) {
    if (!isZero(piece)) throw refused('has something behind its end')
  }
}

function isZero(block: Buffer): boolean {
  return block.equals(Buffer.alloc(block.length))
}

/** What an extended header says, by key. */
type PaxRecords = ReadonlyMap<string, string>

/**
 * Reads the records of an extended header, `length key=value\n` each. The length rules, not the line break: a value
 * may hold one, and a reader that went by lines would see other records than this one.
 */
function parsePax(block: Buffer): PaxRecords {
  const records = new Map<string, string>()
  for (let at = 0; at < block.length; ) {
    const space = block.indexOf(0x20, at)
    const digits = block.toString('latin1', at, space)
    const length = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : 0
    const record = block.subarray(space + 1, at + length)
    const equals = record.indexOf(0x3d)
    if (space < 0 || equals < 1 || at + length > block.length || record.at(-1) !== 0x0a) {
      throw refused('has an extended header that cannot be read')
    }
    const key = record.toString('utf8', 0, equals)
    if (records.has(key)) throw refused(`has an extended header that says '${key}' twice`)
    if (records.size === MAX_RECORDS)
      throw refused(`has an extended header of more than ${MAX_RECORDS} records`)
    records.set(key, record.toString('utf8', equals + 1, record.length - 1))
    at += length
  }
  return records
}
