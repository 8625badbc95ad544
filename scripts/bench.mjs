// `npm run bench`: compile what changed, then run the bench suite in this process.
import { build } from './build.mjs'

build()
await import('../bench/dist/main.js')
