import type { RequestHandler } from 'express'
import type { Telemetry } from '../telemetry.ts'

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export function metrics(telemetry: Telemetry): RequestHandler {
  return async (_request, response) => {
    const text = await telemetry.exposition()
    // Not by Express's setter, which would reorder the parameters.
    response.setHeader('Content-Type', CONTENT_TYPE)
    response.end(text)
  }
}
