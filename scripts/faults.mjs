// `npm run test:faults`: compile what changed, then run the fault driver in this process.
import { build } from './build.mjs'

build()
await import('../server/test/faults/dist/main.js')
