/**
 * The parts of undici that a probe needs. Its index loads `fetch`, caches and mocks as well, which a probe has no use for
 * and which take 8 MiB of every prober.
 */
import { createRequire } from 'node:module'
import type Undici from 'undici'

const require = createRequire(import.meta.url)

export const Client = require('undici/lib/dispatcher/client.js') as typeof import('undici').Client
export const buildConnector = require('undici/lib/core/connect.js') as typeof import('undici').buildConnector

/** For whom talks to a collector; its code is loaded by the first. */
export function createAgent(options: Undici.Agent.Options): Undici.Agent {
  const Agent = require('undici/lib/dispatcher/agent.js') as typeof Undici.Agent
  // The index gives each dispatcher its methods.
  const request = require('undici/lib/api/api-request.js') as Undici.Agent['request']
  return Object.assign(new Agent(options), { request })
}
