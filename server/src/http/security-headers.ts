import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../problem.ts'

/**
 * What every answer tells a browser: load nothing, frame nothing, keep nothing, tell nobody. A page says itself what
 * it needs.
 */
export async function addSecurityHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Over plain HTTP browsers ignore it, and a proxy that ends TLS passes it on.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  })
  server.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (request.method === 'OPTIONS' && !isPreflight(request))
      throw new Problem(
        'METHOD_NOT_ALLOWED',
        'OPTIONS answers only what browsers ask before another request.',
      )
  })
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
