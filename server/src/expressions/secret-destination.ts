import { ExpressionError } from './error.ts'

/**
 * Refuses a rendered document that carries a secret to a place not declared secret. Paths are JSON pointers in the
 * document. To be called before what was rendered is stored or passed on.
 */
export function checkSecretDestinations(
  secretPaths: readonly string[],
  isSecretPlace: (pointer: string) => boolean,
): void {
  const refused = secretPaths.filter((path) => !isSecretPlace(path))
  if (refused.length === 0) return
  throw new ExpressionError({
    kind: 'secret',
    problem: `Secret value cannot be assigned to non-secret parameter path(s): ${refused.join(', ')}`,
    remedy: "declare these parameters with 'secret: true', or pass a value that is not secret",
    expression: '',
    at: { start: 0, end: 0 },
  })
}
