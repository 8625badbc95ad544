import { configurationPage } from './configuration-page.ts'
import { executionStatesPage } from './execution-states-page.ts'
import { messagesPage } from './messages-page.ts'
import { sweepsPage } from './sweeps-page.ts'

type Page = { path: string; text: string }

/** The documents that are derived from the code, by their path in the project. Pure: who asks writes or compares. */
export function generatedPages(): Page[] {
  return [
    { path: 'docs/messages.md', text: messagesPage() },
    { path: 'docs/states/execution.md', text: executionStatesPage() },
    { path: 'docs/operations/sweeps.md', text: sweepsPage() },
    { path: 'docs/configuration.md', text: configurationPage() },
  ]
}
