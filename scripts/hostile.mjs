// `npm run test:hostile`: compile what changed, then run the hostile campaign in this process.
import { build } from './build.mjs'

build()
await import('../server/test/faults/dist/hostile/main.js')
