/** Groups of nodes that reach each other, each in the order of the alphabet (Tarjan's strongly connected components). */
export function circlesOf(known: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const places = new Map<string, number>()
  const lowest = new Map<string, number>()
  const path: string[] = []
  const circles: string[][] = []

  function visit(node: string): number {
    const place = places.size
    places.set(node, place)
    lowest.set(node, place)
    path.push(node)
    for (const next of known.get(node) ?? []) {
      const seen = places.has(next) ? (path.includes(next) ? places.get(next) : undefined) : visit(next)
      lowest.set(node, Math.min(lowest.get(node) ?? place, seen ?? place))
    }
    const low = lowest.get(node) ?? place
    if (low === place) {
      const group = path.splice(path.indexOf(node))
      if (group.length > 1) circles.push(group.toSorted())
    }
    return low
  }

  for (const node of known.keys()) if (!places.has(node)) visit(node)
  return circles
}
