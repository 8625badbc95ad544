import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml'
import type { Place } from './findings.ts'

/** Where something stands in a file, both counted from 1. Nothing when that is not known. */
export type Position = { line?: number; column?: number }

/** Where each value of a document begins, by the way to it; the document itself stands under the empty way. */
export type Positions = ReadonlyMap<string, Position>

/** Where a place of a document begins, or the innermost part of the way to it that exists. */
export function positionOf(positions: Positions, place: Place): Position {
  for (let length = place.length; length >= 0; length -= 1) {
    const position = positions.get(wayOf(place.slice(0, length)))
    if (position !== undefined) return position
  }
  return {}
}

export function positionsIn(document: Document, lines: LineCounter): Positions {
  const positions = new Map<string, Position>()
  note(document.contents, { place: [], offset: startOf(document.contents) })
  return positions

  /** An entry of a mapping begins with its key. */
  function note(node: unknown, { place, offset }: { place: Place; offset: number | undefined }): void {
    const way = wayOf(place)
    if (offset !== undefined && !positions.has(way)) positions.set(way, positionAt(lines, offset))
    if (isMap(node)) {
      for (const { key, value } of node.items)
        if (isScalar(key)) note(value, { place: [...place, String(key.value)], offset: startOf(key) })
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries())
        note(item, { place: [...place, index], offset: startOf(item) })
    }
  }
}

export function positionAt(lines: LineCounter, offset: number): Required<Position> {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function wayOf(place: Place): string {
  return JSON.stringify(place.map(String))
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}
