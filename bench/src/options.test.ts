import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

const common = {
  transports: ['postgres', 'rabbitmq'],
  json: undefined,
  amqp_url: 'amqp://guest:guest@127.0.0.1:5672',
}

test.each([
  [[], { mode: 'path', quick: false }],
  [['--quick'], { mode: 'path', quick: true }],
  [['path'], { mode: 'path', quick: false }],
  [['soak'], { mode: 'soak', minutes: 30, rate: undefined }],
  [['soak', '--minutes', '0.5', '--rate', '40'], { mode: 'soak', minutes: 0.5, rate: 40 }],
  [['scale', '--quick'], { mode: 'scale', quick: true, processes: [1, 2, 4] }],
  [['scale', '--processes', '1,3'], { mode: 'scale', quick: false, processes: [1, 3] }],
])('%j is understood', (args, options) => {
  expect(readOptions(args)).toEqual({ ...common, ...options })
})

test('a transport, a broker and a file are understood in every mode', () => {
  const args = ['--transport', 'rabbitmq', '--amqp-url', 'amqp://broker', '--json', 'out.json']

  for (const mode of ['path', 'soak', 'scale'])
    expect(readOptions([mode, ...args])).toMatchObject({
      mode,
      transports: ['rabbitmq'],
      amqp_url: 'amqp://broker',
      json: 'out.json',
    })
})

test.each([
  [['sprint'], 'sprint is no mode'],
  [['soak', 'scale'], 'soak scale is no mode'],
  [['--transport', 'pigeon'], 'pigeon is no transport'],
  [['--minutes', '5'], 'path has no use for --minutes'],
  [['soak', '--quick'], 'soak has no use for --quick'],
  [['scale', '--rate', '5'], 'scale has no use for --rate'],
  [['soak', '--minutes', 'many'], '--minutes: many'],
  [['soak', '--rate', '0'], '--rate: 0'],
  [['scale', '--processes', '1,1.5'], '--processes: 1.5'],
])('%j is refused', (args, reason) => {
  expect(() => readOptions(args)).toThrow(reason)
})
