/**
 * The ways in which a planted secret could show. Its core is of letters and digits alone, so that no quoting, escaping
 * or URL-encoding of what stands around it can hide it from a search.
 */
export type Planted = { name: string; core: string; value: string }

/** A secret with characters around its core that every encoding changes. */
export function planted(name: string, core: string): Planted {
  return { name, core, value: `p/${core}+"x' é&=%` }
}

/** Where a text shows one of the secrets: which, how, and what stands around it. */
export function shownIn(text: string, secrets: readonly Planted[]): string[] {
  const lower = text.toLowerCase()
  return secrets.flatMap(({ name, core }) =>
    formsOf(core).flatMap(({ how, form, anyCase }) => {
      const at = anyCase ? lower.indexOf(form.toLowerCase()) : text.indexOf(form)
      return at < 0 ? [] : [`${name} ${how}: …${text.slice(Math.max(0, at - 60), at + 60)}…`]
    }),
  )
}

/** Text of the basic plane alone backwards. */
export function reversed(text: string): string {
  return text.split('').toReversed().join('')
}

type Form = { how: string; form: string; anyCase: boolean }

function formsOf(core: string): Form[] {
  return [
    { how: 'as it is', form: core, anyCase: true },
    { how: 'reversed', form: reversed(core), anyCase: true },
    { how: 'in hexadecimal', form: Buffer.from(core).toString('hex'), anyCase: true },
    ...[core, core.toUpperCase(), core.toLowerCase()].flatMap(base64Of),
  ]
}

/** What of the base64 of a text around it depends on the core alone, wherever in a group of three it begins. */
function base64Of(core: string): Form[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('x'.repeat(offset) + core)
      .toString('base64')
      .replaceAll('=', '')
    return { how: 'in base64', form: encoded.slice(offset === 0 ? 0 : offset + 1, -1), anyCase: false }
  })
}
