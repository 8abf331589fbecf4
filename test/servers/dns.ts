import { createSocket } from 'node:dgram'
import type { RemoteInfo } from 'node:dgram'
import { decode, encode, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from 'dns-packet'
import type { Answer, DecodedPacket } from 'dns-packet'
import { serveTcp } from './tcp.ts'

export interface DnsQuery {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly via: 'udp' | 'tcp'
  /** The source port of the asker. */
  readonly fromPort: number
  readonly edns: boolean
  readonly bytes: Buffer
}

/** What the server sends back: messages in this order, none for silence. */
export type Answering = (query: DnsQuery) => readonly Uint8Array[]

export interface DnsServer extends AsyncDisposable {
  readonly port: number
  readonly queries: readonly DnsQuery[]
}

/** A name server on 127.0.0.1 (or another address of this machine), UDP and TCP on one port. */
export async function serveDns(answering: Answering, host = '127.0.0.1', port = 0): Promise<DnsServer> {
  const queries: DnsQuery[] = []
  const answer = (bytes: Buffer, via: DnsQuery['via'], fromPort: number) => {
    const query = queryOf(decode(bytes), bytes, via, fromPort)
    queries.push(query)
    return answering(query)
  }
  const { udp, tcp } = await bothPorts(host, port, (bytes, fromPort) => answer(bytes, 'tcp', fromPort))
  udp.on('message', (bytes: Buffer, from: RemoteInfo) => {
    for (const reply of answer(bytes, 'udp', from.port)) udp.send(reply, from.port, from.address)
  })
  return {
    port: udp.address().port,
    queries,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => udp.close(resolve))
      await tcp[Symbol.asyncDispose]()
    },
  }
}

/** The kernel chooses a UDP port; now and then somebody else has the TCP port of that number, then again. */
async function bothPorts(
  host: string,
  port: number,
  onMessage: (bytes: Buffer, fromPort: number) => readonly Uint8Array[],
) {
  for (let attempt = 1; ; attempt += 1) {
    const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, host, resolve))
    try {
      const tcp = await serveTcp(
        (socket) => {
          socket.on('data', (bytes: Buffer) => {
            for (const reply of onMessage(bytes.subarray(2), socket.remotePort ?? 0)) {
              socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]))
            }
          })
        },
        host,
        udp.address().port,
      )
      return { udp, tcp }
    } catch (error) {
      udp.close()
      if (attempt === 10 || port !== 0) throw error
    }
  }
}

function queryOf(packet: DecodedPacket, bytes: Buffer, via: DnsQuery['via'], fromPort: number): DnsQuery {
  const [question] = packet.questions ?? []
  const edns = (packet.additionals ?? []).some(({ type }) => type === 'OPT')
  return {
    id: packet.id ?? 0,
    name: question?.name ?? '',
    type: question?.type ?? '',
    via,
    fromPort,
    edns,
    bytes: Buffer.from(bytes),
  }
}

export const RCODE = { ok: 0, formerr: 1, servfail: 2, nxdomain: 3, notimp: 4, refused: 5 } as const

export interface Reply {
  readonly answers?: readonly Answer[]
  readonly rcode?: number
  readonly truncated?: boolean
  /** Default: recursion available. */
  readonly recursion?: boolean
  readonly id?: number
  readonly name?: string
  readonly type?: 'A' | 'AAAA' | 'TXT'
}

export function reply(
  query: DnsQuery,
  { answers = [], rcode = 0, truncated = false, recursion = true, ...changed }: Reply = {},
): Buffer {
  return encode({
    type: 'response',
    id: changed.id ?? query.id,
    flags: rcode | (truncated ? TRUNCATED_RESPONSE : 0) | (recursion ? RECURSION_AVAILABLE : 0),
    questions: [{ name: changed.name ?? query.name, type: changed.type ?? (query.type as 'A'), class: 'IN' }],
    answers: [...answers],
  })
}

/** Address records by name, e.g. `{ 'a.example': ['10.0.0.1', '::1'] }`; other names do not exist. */
export function zone(names: Readonly<Record<string, readonly string[]>>): Answering {
  return (query) => {
    const ips = names[query.name.toLowerCase()]
    if (ips === undefined) return [reply(query, { rcode: RCODE.nxdomain })]
    const type = query.type === 'AAAA' ? 'AAAA' : 'A'
    const fitting = ips.filter((ip) => ip.includes(':') === (type === 'AAAA'))
    return [reply(query, { answers: fitting.map((data) => ({ type, name: query.name, ttl: 60, data })) })]
  }
}

export const silent: Answering = () => []
