import { configurationPage } from './configuration-page.ts'
import { expressionsPage } from './expressions-page.ts'
import { lives } from './lives.ts'
import { messagesPage } from './messages-page.ts'
import { statesPage } from './states-page.ts'
import { sweepsPage } from './sweeps-page.ts'

type Page = { path: string; text: string }

/** The documents that are derived from the code, by their path in the project. Pure: who asks writes or compares. */
export function generatedPages(): Page[] {
  return [
    { path: 'docs/messages.md', text: messagesPage() },
    ...Object.entries(lives).map(([noun, life]) => ({
      path: `docs/states/${noun}.md`,
      text: statesPage(life),
    })),
    { path: 'docs/operations/sweeps.md', text: sweepsPage() },
    { path: 'docs/configuration.md', text: configurationPage() },
    { path: 'docs/expressions.md', text: expressionsPage() },
  ]
}
