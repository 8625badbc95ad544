import { createHash } from 'node:crypto'
import { isMapped } from '../database/embedded/account.ts'

/** Numbers for accounts, of which each process takes a block: no two processes of a machine may have the same. */
export type AccountSpace = { from: number; blocks: number; block_size: number }

/**
 * Ranges that no distribution hands out: above the last that systemd uses, and for containers with 65536 numbers the one
 * that it uses for services without a user of their own, which there are none of inside.
 */
const automatic: readonly AccountSpace[] = [
  { from: 2_000_000_000, blocks: 90_000, block_size: 1024 },
  { from: 61_184, blocks: 33, block_size: 128 },
]
const CUSTOM_BLOCKS = 8
const MAX_BLOCK = 1024

/** The first of our ranges that this user namespace has. */
export function automaticSpace(uidMap: string): AccountSpace | undefined {
  return automatic.find((space) => isMapped(space.from, uidMap) && isMapped(lastOf(space), uidMap))
}

/** A configured range, shared by up to eight processes. */
export function spaceOf(from: number, to: number): AccountSpace {
  const length = to - from + 1
  const block_size = Math.min(MAX_BLOCK, Math.ceil(length / CUSTOM_BLOCKS))
  return { from, blocks: Math.floor(length / block_size), block_size }
}

/** The numbers of a block. */
export function blockOf({ from, block_size }: AccountSpace, index: number): number[] {
  return Array.from({ length: block_size }, (_, at) => from + index * block_size + at)
}

/** All blocks, from one on that depends on `name`: who starts again gets the same, and others seldom ask for it. */
export function* blocksFor({ blocks }: AccountSpace, name: string): Generator<number> {
  const first = createHash('sha256').update(name).digest().readUInt32BE(0)
  for (let at = 0; at < blocks; at += 1) yield (first + at) % blocks
}

function lastOf({ from, blocks, block_size }: AccountSpace): number {
  return from + blocks * block_size - 1
}
