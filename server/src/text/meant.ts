import { nearest } from './nearest.ts'

/** The end of a sentence about a name that is not there: which one that is was most likely meant. */
export function meant(word: string, known: Iterable<string>): string {
  const name = nearest(word, known)
  return name === undefined ? '' : `; did you mean '${name}'?`
}
