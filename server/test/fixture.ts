import { afterAll } from 'vitest'

type Opened = { end(): Promise<unknown> } | { close(): Promise<unknown> }

/**
 * What all tests of a file share: opened at its top, closed after its last test, what was opened last first. A platform
 * is ended, which closes it too.
 */
export async function fixture<What extends Opened>(opening: Promise<What>): Promise<What> {
  const opened = await opening
  afterAll(() => ('end' in opened ? opened.end() : opened.close()))
  return opened
}
