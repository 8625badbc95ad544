const codes = { cyan: 36, green: 32, red: 31, yellow: 33, dim: 2 } as const

export type Colour = keyof typeof codes
export type Paint = (text: string, colour: Colour) => string

/** Colours where a person looks: a terminal, and nobody asked for none (https://no-color.org). */
export function painter(env: NodeJS.ProcessEnv, isTerminal: boolean): Paint {
  const plain = !isTerminal || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  return plain ? (text) => text : (text, colour) => `\u001b[${codes[colour]}m${text}\u001b[0m`
}
