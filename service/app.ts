import express, { type Express, type RequestHandler } from 'express'
import type { Logger } from 'pino'
import { observeRequests } from './observation.ts'
import { notFound, onError, onlyGet } from './problem.ts'
import type { Readiness } from './readiness.ts'
import { alive, healthcheck, ready } from './routes/health.ts'
import { hello } from './routes/hello.ts'
import { metrics } from './routes/metrics.ts'
import { securityHeaders } from './security-headers.ts'
import type { Settings } from './settings.ts'
import type { Telemetry } from './telemetry.ts'

export interface AppParts {
  readonly settings: Settings
  readonly telemetry: Telemetry
  readonly logger: Logger
  readonly readiness: Readiness
}

export function createApp({ settings, telemetry, logger, readiness }: AppParts): Express {
  const app = express().disable('x-powered-by').disable('etag').set('query parser', false)
  const get = (path: string, handler: RequestHandler) => app.route(path).get(handler).all(onlyGet())
  app.use(observeRequests(telemetry, logger), securityHeaders, leaveOnShutdown(readiness))
  get('/', hello(settings.helloText))
  get('/livez', alive)
  get('/readyz', ready(readiness))
  get('/health', ready(readiness))
  get('/healthcheck', healthcheck(settings))
  get('/metrics', metrics(telemetry))
  app.use(notFound, onError(logger))
  return app
}

/** A kept connection would go on feeding a service that leaves: its next request belongs to another replica. */
function leaveOnShutdown(readiness: Readiness): RequestHandler {
  return (_request, response, next) => {
    if (!readiness.isReady()) response.setHeader('Connection', 'close')
    next()
  }
}
