import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml'
import type { Place } from './findings.ts'

type Spot = { node: unknown; offset: number | undefined }

/** Where something stands in a file, both counted from 1. Nothing when that is not known. */
export type Position = { line?: number; column?: number }

/** Where a place of a document begins, or the innermost part of the way to it that exists. */
export function positionOf(document: Document, lines: LineCounter, place: Place): Position {
  let at: Spot | undefined = { node: document.contents, offset: startOf(document.contents) }
  let { offset } = at
  for (const step of place) {
    at = inside(at.node, step)
    if (at === undefined) break
    offset = at.offset ?? offset
  }
  return offset === undefined ? {} : positionAt(lines, offset)
}

export function positionAt(lines: LineCounter, offset: number): Required<Position> {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

/** An entry of a mapping begins with its key. */
function inside(node: unknown, step: string | number): Spot | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    return pair && { node: pair.value, offset: startOf(pair.key) }
  }
  if (!isSeq(node) || typeof step !== 'number' || step >= node.items.length) return undefined
  const item: unknown = node.items[step]
  return { node: item, offset: startOf(item) }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
