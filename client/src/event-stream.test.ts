import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventParser } from './event-stream.ts'

const stream = [
  ': hello\n',
  'event: content\nid: 12\ndata: one\ndata:\ndata:  two\n\n',
  '\n',
  'retry: 100\n\n',
  'event: done\ndata:\n\n',
  'event: without data\n\n',
  'data: no name\r\n\r\n',
  'data: cut off',
].join('')

const events = [
  { kind: 'comment', text: 'hello' },
  { kind: 'event', name: 'content', id: '12', data: 'one\n\n two' },
  { kind: 'event', name: 'done', id: undefined, data: '' },
  { kind: 'event', name: 'message', id: undefined, data: 'no name' },
]

test('events, comments and every kind of line break are read', () => {
  expect(eventParser()(stream)).toEqual(events)
})

test('how the stream is cut does not change what is read', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (sizes) => {
      const parse = eventParser()
      const read = []
      let at = 0
      for (const size of [...sizes, stream.length]) {
        read.push(...parse(stream.slice(at, at + size)))
        at += size
      }

      expect(read).toEqual(events)
    }),
  )
})
