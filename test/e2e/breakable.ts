/** One target for each way to fail, all sound until they are broken, and sound again once mended. */
import { createServer as createTlsServer } from 'node:https'
import { createServer, type Server } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createAuthority } from '../../cli/demo/authority.ts'
import { freePort } from '../programs.ts'
import { serveDns, zone } from '../servers/dns.ts'
import { answer, listening, serveHttp } from '../servers/http.ts'

const DAY_MS = 86_400_000
/** Of four seconds, more than four fifths. */
const SLOW_MS = 3_500

export interface Breakable extends AsyncDisposable {
  /** `modules`, `targets` and `paths` of a sonde.yml. */
  readonly config: Readonly<Record<string, unknown>>
  /** PEM of the authority that its certificates come from. */
  readonly authorityPem: string
  break(): Promise<void>
  mend(): Promise<void>
}

/** `authorityFile`: where the caller writes the authority. */
export async function startBreakable(authorityFile: string): Promise<Breakable> {
  await using stack = new AsyncDisposableStack()
  const state = { isBroken: false }
  const [whole, broken] = [answer(200, 'welcome'), answer(503, 'sorry')]
  const either = stack.use(await serveHttp((request, response) => (state.isBroken ? broken : whole)(request, response)))
  const body = stack.use(await serveHttp((_request, response) => response.end(state.isBroken ? 'sorry' : 'welcome')))
  const slow = stack.use(
    await serveHttp((_request, response) => {
      const delay = state.isBroken ? SLOW_MS : 0
      void setTimeout(delay, undefined, { ref: false }).then(() => response.end('welcome'))
    }),
  )
  const edge = stack.use(await serveHttp((_request, response) => response.writeHead(state.isBroken ? 502 : 200).end()))
  const names = [zone({ 'web.test': ['127.0.0.1'] }), zone({})] as const
  const dns = stack.use(await serveDns((query) => names[state.isBroken ? 1 : 0](query)))
  const tls = stack.use(await startTls())
  const port = stack.use(await startPort())
  const owned = stack.move()
  const set = async (isBroken: boolean) => {
    state.isBroken = isBroken
    tls.show(isBroken)
    await port.open(!isBroken)
  }
  return {
    authorityPem: tls.authorityPem,
    config: {
      modules: modules(authorityFile, dns.port),
      targets: [
        target('status', either.url, 'web'),
        target('body', body.url, 'welcome'),
        target('tls', tls.url, 'web'),
        target('dns', `http://web.test:${either.port}/`, 'by_name'),
        target('tcp', `127.0.0.1:${port.port}`, 'connect'),
        { ...target('slow', slow.url, 'slow'), interval: '4s' },
      ],
      paths: [
        {
          name: 'way',
          url: edge.url,
          module: 'web',
          interval: '1s',
          hops: [{ name: 'edge' }, { name: 'pod', address: either.url }],
        },
      ],
    },
    break: () => set(true),
    mend: () => set(false),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

function modules(authorityFile: string, dnsPort: number): object {
  const timeout = '900ms'
  const http = { preferred_ip_protocol: 'ip4', tls_config: { ca_file: authorityFile } }
  return {
    web: { prober: 'http', timeout, http },
    welcome: { prober: 'http', timeout, http: { ...http, fail_if_body_not_matches_regexp: ['welcome'] } },
    by_name: { prober: 'http', timeout, resolver: `127.0.0.1:${dnsPort}`, http },
    connect: { prober: 'tcp', timeout },
    slow: { prober: 'http', timeout: '4s', http },
  }
}

function target(name: string, address: string, module: string): object {
  return { name, address, module, interval: '1s', labels: { team: 'web' } }
}

async function startTls() {
  const authority = await createAuthority()
  const names = { subject: 'CN=localhost', dnsNames: ['localhost'], ips: ['127.0.0.1'] }
  const good = await authority.issue(names)
  const expired = await authority.issue({
    ...names,
    notBefore: new Date(Date.now() - 90 * DAY_MS),
    notAfter: new Date(Date.now() - DAY_MS),
  })
  const context = ({ certPem, keyPem }: typeof good) => ({ cert: certPem, key: keyPem })
  const server = createTlsServer(context(good), answer(200, 'welcome'))
  const { url, ...rest } = await listening(server, 'https')
  return {
    url,
    authorityPem: authority.certPem,
    show: (isExpired: boolean) => server.setSecureContext(context(isExpired ? expired : good)),
    [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
  }
}

/** A port that something listens on, or nothing. */
async function startPort() {
  const port = await freePort()
  let server: Server | undefined
  const open = async (isOpen: boolean) => {
    if (isOpen === (server !== undefined)) return
    if (server !== undefined) {
      const closing = server
      server = undefined
      await new Promise((resolve) => closing.close(resolve))
    } else {
      const opening = createServer((socket) => socket.on('error', () => undefined).end())
      await new Promise<void>((resolve, reject) => opening.once('error', reject).listen(port, '127.0.0.1', resolve))
      server = opening
    }
  }
  await open(true)
  return { port, open, [Symbol.asyncDispose]: () => open(false) }
}
