import type { Json } from '../../json.ts'

/** Every text inside secret values: none of them must show in output. */
export function textsIn(values: readonly Json[]): string[] {
  return values.flatMap((value) => {
    if (typeof value === 'string') return [value]
    if (typeof value === 'number') return [String(value)]
    return typeof value === 'object' && value !== null ? textsIn(Object.values(value)) : []
  })
}
