/**
 * The parts of undici that a probe needs. Its index loads `fetch`, caches and mocks as well, which a probe has no use for
 * and which take 8 MiB of every prober.
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const Client = require('undici/lib/dispatcher/client.js') as typeof import('undici').Client
export const buildConnector = require('undici/lib/core/connect.js') as typeof import('undici').buildConnector
