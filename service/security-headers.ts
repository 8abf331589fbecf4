import type { RequestHandler } from 'express'
import { arrivedByTls } from './observation.ts'

/** OWASP Secure Headers, for answers that load nothing; a page that does loosens its own policy. */
const HEADERS = new Map([
  ['Content-Security-Policy', "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
])

/** A year. Not for subdomains: a shared edge serves names that are not ours to decide for. RFC 6797 §7.2: never over http. */
const HSTS = 'max-age=31536000'

export const securityHeaders: RequestHandler = (request, response, next) => {
  response.setHeaders(HEADERS)
  if (arrivedByTls(request)) response.setHeader('Strict-Transport-Security', HSTS)
  next()
}
