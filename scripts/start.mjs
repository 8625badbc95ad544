// `npm start`: compile what changed, then become the server (one process, so that signals reach it).
import { build } from './build.mjs'

build()
await import('../server/dist/main.js')
