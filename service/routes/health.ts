import type { RequestHandler } from 'express'
import type { Readiness } from '../readiness.ts'
import type { Settings } from '../settings.ts'

/** The process answers: that is all. A liveness probe that looked at more would restart pods for others' faults. */
export const alive: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').type('text/plain').send('ok')
}

/** 503 from the moment the shutdown begins, so that load balancers stop sending before we stop taking. */
export function ready(readiness: Readiness): RequestHandler {
  return (_request, response) => {
    const isReady = readiness.isReady()
    response.set('Cache-Control', 'no-store').type('text/plain')
    response.status(isReady ? 200 : 503).send(isReady ? 'ok' : 'shutting down')
  }
}

/** The client's own document, down to the array of one. */
export function healthcheck({ version, description, commitSha }: Settings): RequestHandler {
  const body = JSON.stringify({ myapplication: [{ version, description, lastcommitsha: commitSha }] })
  return (_request, response) => {
    response.set('Cache-Control', 'no-store').type('application/json').send(body)
  }
}
