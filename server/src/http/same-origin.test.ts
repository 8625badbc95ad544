import { expect, test } from 'vitest'
import type { Headers } from './cookie.ts'
import { isSameOrigin } from './same-origin.ts'

const trusted = ['https://ui.example.org']
const host = 'attune.example.org'

test.each<[string, Headers]>([
  ['a page of ours', { host, 'sec-fetch-site': 'same-origin', origin: `https://${host}` }],
  ['a page of ours, in a browser that says less', { host, origin: `https://${host}` }],
  ['a trusted page', { host, 'sec-fetch-site': 'cross-site', origin: 'https://ui.example.org' }],
])('%s', (_, headers) => {
  expect(isSameOrigin(headers, trusted)).toBe(true)
})

test.each<[string, Headers]>([
  ['another site', { host, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['a sibling of ours', { host, 'sec-fetch-site': 'same-site', origin: 'https://blog.example.org' }],
  ['a page that hides', { host, 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ['a link or the address line', { host, 'sec-fetch-site': 'none' }],
  ['another site, in a browser that says less', { host, origin: 'https://evil.example' }],
  ['another port', { host, origin: `https://${host}:8443` }],
  ['nobody knows who', { host }],
  ['nonsense', { host, origin: '://' }],
])('not %s', (_, headers) => {
  expect(isSameOrigin(headers, trusted)).toBe(false)
})
