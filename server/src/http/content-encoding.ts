import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { Problem } from '../problem.ts'

type Unpack = (bytes: Buffer, limits: { maxOutputLength: number }) => Promise<Buffer>

const unpackGzip: Unpack = promisify(gunzip)
const unpackZlib: Unpack = promisify(inflate)
const unpackDeflate: Unpack = promisify(inflateRaw)
const unpackBrotli: Unpack = promisify(brotliDecompress)

const MAX_CODINGS = 3

/** The bytes that were packed, at most so many; what would be more is not unpacked to its end. */
export async function unpacked(
  bytes: Buffer,
  header: string | undefined,
  max_bytes: number,
): Promise<Buffer> {
  const codings = codingsOf(header)
  if (codings.length > MAX_CODINGS) throw unknownCoding(codings.join(', '))
  let left = bytes
  for (const coding of codings.toReversed()) {
    const unpack = unpackerOf(coding, left)
    if (unpack === undefined) throw unknownCoding(coding)
    if (left.length > 0)
      left = await unpack(left, { maxOutputLength: max_bytes }).catch(refused(coding, max_bytes))
  }
  return left
}

function codingsOf(header = ''): string[] {
  const names = header.split(',').map((name) => name.trim().toLowerCase())
  return names.filter((name) => name !== '' && name !== 'identity')
}

function unpackerOf(coding: string, bytes: Buffer): Unpack | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return unpackGzip
    case 'deflate':
      return hasZlibHeader(bytes) ? unpackZlib : unpackDeflate
    case 'br':
      return unpackBrotli
    default:
      return undefined
  }
}

/** `deflate` means with the header of zlib; there have always been senders who leave it out. */
function hasZlibHeader([method = 0, flags = 0]: Buffer): boolean {
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0
}

function refused(coding: string, max_bytes: number) {
  return (error: unknown): never => {
    if (!(error instanceof Error)) throw error
    if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLargeUnpacked(max_bytes)
    const message = `is not what its Content-Encoding ${coding} says: ${error.message}`
    throw new Problem('BAD_REQUEST', `The body ${message}.`, [{ field: 'body', message }])
  }
}

export function tooLargeUnpacked(max_bytes: number): Problem {
  const message = `is larger, once decoded, than the ${max_bytes} bytes allowed here`
  return new Problem('PAYLOAD_TOO_LARGE', `The body ${message}.`, [{ field: 'body', message }])
}

function unknownCoding(name: string): Problem {
  const message = `The body came with the Content-Encoding '${name.slice(0, 100)}'; send it as it is, or with gzip, deflate or br.`
  return new Problem('UNSUPPORTED_MEDIA_TYPE', message, [
    { field: 'body', message: 'is packed in an unknown way' },
  ])
}
