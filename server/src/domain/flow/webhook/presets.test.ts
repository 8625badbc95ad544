import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { presetNames, presetOf } from './presets.ts'

const page = await readFile(new URL('../../../../../docs/webhooks.md', import.meta.url), 'utf8')

test.each(presetNames)('the page on webhooks says what the preset %s is', (name) => {
  const preset = presetOf(name)
  const id = preset?.delivery_id_header === undefined ? '' : `, delivery id \`${preset.delivery_id_header}\``

  expect(page).toContain(`| \`${name}\` | \`${JSON.stringify(preset?.signing)}\`${id} |`)
})
