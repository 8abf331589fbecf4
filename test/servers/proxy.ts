import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { serveTcp } from './tcp.ts'
import type { TcpServer } from './tcp.ts'

export interface ProxyServer extends TcpServer {
  /** What was asked for, in order: the head of a CONNECT request, or `host:port` and how it was written for SOCKS. */
  readonly requests: readonly string[]
}

export interface ProxyOptions {
  /** `user:password`; anything else is turned away. */
  readonly credentials?: string
  /** Where tunnels really lead, whatever was asked for. */
  readonly target?: { readonly host: string; readonly port: number }
}

/** A real HTTP proxy for CONNECT. */
export async function serveConnectProxy({ credentials, target }: ProxyOptions = {}): Promise<ProxyServer> {
  const requests: string[] = []
  const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = await serveTcp((socket) => {
    onHead(socket, (head) => {
      requests.push(head)
      const authority = /^CONNECT (\S+) /.exec(head)?.[1]
      const sent = /^proxy-authorization: (.*)$/im.exec(head)?.[1]?.trim()
      if (authority === undefined) return socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n')
      if (wanted !== undefined && sent !== wanted) {
        return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n')
      }
      const to = target ?? splitAuthority(authority)
      return tunnel(socket, to, 'HTTP/1.1 200 Connection established\r\n\r\n', 'HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
  })
  return { ...server, requests }
}

function onHead(socket: Socket, then: (head: string) => void): void {
  let head = ''
  const onData = (chunk: Buffer) => {
    head += chunk.toString('latin1')
    if (!head.includes('\r\n\r\n')) return
    socket.off('data', onData)
    then(head)
  }
  socket.on('data', onData)
}

function splitAuthority(authority: string): { readonly host: string; readonly port: number } {
  const url = new URL(`http://${authority}`)
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 80) }
}

function tunnel(
  socket: Socket,
  { host, port }: { readonly host: string; readonly port: number },
  yes: string | Buffer,
  no: string | Buffer,
): void {
  const onward = connect({ host, port, autoSelectFamily: false })
  onward.on('error', () => socket.end(no))
  onward.on('connect', () => {
    socket.write(yes)
    socket.pipe(onward)
    onward.pipe(socket)
  })
  socket.on('close', () => onward.destroy())
  onward.on('close', () => socket.end())
}

/** A real SOCKS 5 proxy; names are taken for 127.0.0.1, so that nothing leaves the machine. */
export async function serveSocksProxy({ credentials, target }: ProxyOptions = {}): Promise<ProxyServer> {
  const requests: string[] = []
  const server = await serveTcp((socket) => {
    const steps = [
      (message: Buffer) => socksMethod(socket, message, credentials !== undefined),
      ...(credentials === undefined ? [] : [(message: Buffer) => socksPassword(socket, message, credentials)]),
      (message: Buffer) => {
        const asked = socksRequest(message)
        requests.push(`${asked.kind} ${asked.host}:${asked.port}`)
        const host = asked.kind === 'name' ? '127.0.0.1' : asked.host
        const done = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
        tunnel(socket, target ?? { host, port: asked.port }, done, Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]))
      },
    ]
    const onData = (message: Buffer) => {
      const step = steps.shift()
      if (steps.length === 0) socket.off('data', onData)
      step?.(message)
    }
    socket.on('data', onData)
  })
  return { ...server, requests }
}

function socksMethod(socket: Socket, [, count = 0, ...methods]: Buffer, password: boolean): void {
  const wanted = password ? 2 : 0
  if (methods.slice(0, count).includes(wanted)) socket.write(Buffer.from([5, wanted]))
  else socket.end(Buffer.from([5, 0xff]))
}

function socksPassword(socket: Socket, message: Buffer, credentials: string): void {
  const userEnd = 2 + (message[1] ?? 0)
  const sent = `${message.toString('utf8', 2, userEnd)}:${message.toString('utf8', userEnd + 1)}`
  if (sent === credentials) socket.write(Buffer.from([1, 0]))
  else socket.end(Buffer.from([1, 1]))
}

function socksRequest(message: Buffer): { readonly kind: string; readonly host: string; readonly port: number } {
  const port = message.readUInt16BE(message.length - 2)
  const address = message.subarray(4, message.length - 2)
  if (message[3] === 1) return { kind: 'ipv4', host: [...address].join('.'), port }
  if (message[3] === 3) return { kind: 'name', host: address.toString('utf8', 1), port }
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2).toString(16))
  return { kind: 'ipv6', host: groups.join(':'), port }
}
