import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { refusedSource } from './source-url.ts'

export type Checksum = { algorithm: 'sha256' | 'sha512'; hex: string }

const digits = { sha256: 64, sha512: 128 } as const

/** Reads `sha256:…` or `sha512:…`. Anything weaker proves nothing and is refused. */
export function parseChecksum(text: string): Checksum {
  const [, name, hex = ''] = /^(sha256|sha512):([0-9a-f]+)$/i.exec(text.trim()) ?? []
  const algorithm = name?.toLowerCase() === 'sha512' ? 'sha512' : 'sha256'
  if (name === undefined || hex.length !== digits[algorithm]) {
    throw refusedSource('the checksum is neither sha256:… nor sha512:…; weaker ones are not taken')
  }
  return { algorithm, hex: hex.toLowerCase() }
}

export async function fileChecksum(path: string, algorithm: Checksum['algorithm']): Promise<string> {
  const hash = createHash(algorithm)
  const content: AsyncIterable<Buffer> = createReadStream(path)
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

export function requireChecksum(expected: Checksum, found: string): void {
  if (expected.hex === found) return
  throw refusedSource(
    `the checksum is ${expected.algorithm}:${found}, but ${expected.algorithm}:${expected.hex} was expected`,
  )
}
