const maxLength = 64

/** The known word that a misspelt one most likely means, if any is close. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > maxLength) return undefined
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate)
    if (best === undefined || distance < best.distance) best = { word: candidate, distance }
  }
  const limit = Math.max(1, Math.floor(word.length / 3))
  return best !== undefined && best.distance <= limit ? best.word : undefined
}

/** How many letters have to be added, dropped, changed or swapped with the next to make one word the other. */
function editDistance(a: string, b: string): number {
  let earlier: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (earlier[j - 2] ?? 0) + 1 : change
      row.push(Math.min(change, swapped, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    earlier = previous
    previous = row
  }
  return previous[b.length] ?? 0
}

/** The end of a sentence about a name that is not there: which one that is was most likely intended. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const name = nearest(word, known)
  return name === undefined ? '' : `; did you mean '${name}'?`
}
