/** Where something is to be asked, and how a probe of each kind writes that. */
import { isIP } from 'node:net'
import type { Module } from '../../config/schema.ts'

export interface Place {
  readonly isSecure: boolean
  readonly host: string
  /** undefined: 443, or 80 without TLS. */
  readonly port: number | undefined
  /** Begins with a slash. */
  readonly path: string
}

/** undefined: a host and a port are not what this prober asks. */
export function addressOf(place: Place, prober: Module['prober']): string | undefined {
  const { isSecure, path } = place
  const usual = isSecure ? 443 : 80
  const { port = usual } = place
  const host = isIP(place.host) === 6 ? `[${place.host}]` : place.host
  const authority = port === usual ? host : `${host}:${port}`
  switch (prober) {
    case 'http':
      return `${isSecure ? 'https' : 'http'}://${authority}${path}`
    case 'websocket':
      return `${isSecure ? 'wss' : 'ws'}://${authority}${path}`
    case 'tcp':
    case 'grpc':
      return `${host}:${port}`
    case 'icmp':
      return place.host
    case 'dns':
    case 'unix':
      return undefined
  }
}
