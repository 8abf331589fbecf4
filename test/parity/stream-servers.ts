/** What the tcp and unix probers look at: each behaviour listens on a TCP port and on a Unix socket of its name. */
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls'
import { createAuthority, type Identity } from '../../cli/demo/authority.ts'
import { closedPort } from '../servers/tcp.ts'
import { HAS_IPV6, type World } from './side-by-side.ts'

type Behaviour = (socket: Socket) => void

const DAY_MS = 86_400_000
/** Longer than a line may be (64 KiB). */
const ENDLESS_LINE = 'x'.repeat(100_000)

export async function startStreamServers(folder: string): Promise<World> {
  const { secured, files } = await createTlsBehaviours()
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const stack = new AsyncDisposableStack()
  const names: Record<string, string | number> = { folder, closed: await closedPort() }
  for (const [name, behave] of Object.entries({ ...PLAIN, ...secured })) {
    names[name] = (await listen(stack, behave, { host: '127.0.0.1', port: 0 }))?.port ?? 0
    await listen(stack, behave, { path: join(folder, `${name}.sock`) })
  }
  if (HAS_IPV6) names.six = (await listen(stack, greets, { host: '::1', port: 0 }))?.port ?? 0
  await writeFile(join(folder, 'no-socket'), '')
  return { names, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function listen(
  stack: AsyncDisposableStack,
  behave: Behaviour,
  where: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<AddressInfo | undefined> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    behave(socket)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve))
  stack.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address : undefined
}

/** Lines of a dialogue: what is answered to the first expression that matches, and `then` what is done. */
interface Script {
  readonly greeting?: string
  readonly answers?: readonly (readonly [asked: RegExp, said: string, then?: (socket: Socket) => void])[]
}

function follow({ greeting = '', answers = [] }: Script): Behaviour {
  return (socket) => {
    if (greeting !== '') socket.write(greeting)
    let unread = ''
    const onData = (chunk: Buffer) => {
      const lines = `${unread}${chunk.toString('latin1')}`.split('\n')
      unread = lines.pop() ?? ''
      for (const line of lines) {
        const [, said = '', then] = answers.find(([asked]) => asked.test(line)) ?? []
        if (said !== '') socket.write(said)
        if (then === undefined) continue
        socket.off('data', onData)
        then(socket)
      }
    }
    socket.on('data', onData)
  }
}

const greets = follow({ greeting: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n' })
const end = (socket: Socket) => void socket.end()

const PLAIN: Readonly<Record<string, Behaviour>> = {
  greets,
  silent: (socket) => void socket.resume(),
  closes: (socket) => void socket.end(),
  resets: (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  lines: follow({ greeting: 'one\ntwo\r\nthree 3\nfour\n' }),
  unended: (socket) => void socket.end('no line feed at the end'),
  endless: (socket) => void socket.write(ENDLESS_LINE),
  empty: follow({ greeting: '\n\n\nafter three empty lines\n' }),
  bytes: (socket) => void socket.write(Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10])),
  short: (socket) => void socket.end(Buffer.from([0, 1])),
  utf8: follow({ greeting: 'grüße, 世界 \u{1f600}\n' }),
  latin1: (socket) => void socket.write(Buffer.from('gr\xfc\xdfe\n', 'latin1')),
  pings: follow({ answers: [[/^PING\r?$/, '+PONG\r\n', end]] }),
  asksBack: follow({
    answers: [
      [/^NICK prober$/, ''],
      [/^USER prober/, 'PING :4711 token\r\n'],
      [/^PONG 4711$/, ':ircd.localhost 001 prober :Welcome\r\n', end],
    ],
  }),
  repeats: (socket) => void socket.pipe(socket),
  refusesTls: follow({
    greeting: '220 mail.example ESMTP\r\n',
    answers: [
      [/^EHLO /, '250-mail.example\r\n250 8BITMIME\r\n'],
      [/^STARTTLS/, '454 TLS not available\r\n', end],
    ],
  }),
  breaksTls: follow({ greeting: '220 go ahead\n', answers: [[/./, 'this is no TLS at all\n', end]] }),
}

async function createTlsBehaviours() {
  const authority = await createAuthority('CN=Stream Root,O=Sonde')
  const intermediate = await authority.intermediate('CN=Stream Intermediate')
  const stranger = await createAuthority('CN=Stranger')
  const names = {
    subject: 'CN=localhost,O=Parity,L=Köln',
    dnsNames: ['localhost', 'parity.example'],
    ips: ['127.0.0.1'],
  }
  const good = await intermediate.issue(names)
  const chain = { cert: `${good.certPem}\n${intermediate.certPem}`, key: good.keyPem }
  const expired = await authority.issue({ ...names, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) })
  const early = await authority.issue({ ...names, notBefore: daysFromNow(2), notAfter: daysFromNow(9) })
  const elsewhere = await authority.issue({
    subject: 'CN=elsewhere',
    dnsNames: ['elsewhere.example', '*.wild.example'],
  })
  const unknown = await stranger.issue(names)
  const client = await authority.issue({ subject: 'CN=prober' })
  const demands = { ca: authority.certPem, requestCert: true, rejectUnauthorized: true }
  const secured: Readonly<Record<string, Behaviour>> = {
    tls: overTls(chain),
    leafOnly: overTls({ cert: good.certPem, key: good.keyPem }),
    tls12: overTls({ ...chain, maxVersion: 'TLSv1.2' }),
    tls12chacha: overTls({ ...chain, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }),
    tls13: overTls({ ...chain, minVersion: 'TLSv1.3' }),
    tls11: overTls({ ...chain, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    expired: overTls(pem(expired)),
    early: overTls(pem(early)),
    elsewhere: overTls(pem(elsewhere)),
    unknown: overTls(pem(unknown)),
    demanding: overTls({ ...chain, ...demands }),
    demanding12: overTls({ ...chain, ...demands, maxVersion: 'TLSv1.2' }),
    tlsGreets: overTls(chain, greets),
    tlsLeaves: overTls(chain, (socket) => void socket.end('SSH-2.0-Goodbye\r\n')),
    tlsLeaves12: overTls({ ...chain, maxVersion: 'TLSv1.2' }, (socket) => void socket.end('SSH-2.0-Goodbye\r\n')),
    tlsSilent: overTls(chain, (socket) => void socket.resume()),
    tlsInTls: overTls(chain, (socket) => {
      socket.write('220 once more\n')
      overTls(chain)(socket)
    }),
    mail: mail(chain),
    mailExpired: mail(pem(expired)),
    letters: follow({
      greeting: '* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n',
      answers: [
        [
          /^a1 STARTTLS/,
          'a1 OK begin TLS now\r\n',
          overTls(chain, follow({ answers: [[/^a2 LOGOUT/, '* BYE\r\n', end]] })),
        ],
      ],
    }),
  }
  return {
    secured,
    files: { 'ca.pem': authority.certPem, 'client.pem': client.certPem, 'client.key': client.keyPem },
  }
}

type TlsOptions = SecureContextOptions & { readonly requestCert?: boolean; readonly rejectUnauthorized?: boolean }

function overTls(
  { requestCert = false, rejectUnauthorized = false, ...options }: TlsOptions,
  then: Behaviour = end,
): Behaviour {
  const secureContext = createSecureContext(options)
  return (socket) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext, requestCert, rejectUnauthorized })
    secured.on('error', () => undefined)
    secured.once('secure', () => then(secured))
  }
}

/** Greeting, EHLO, STARTTLS, and the same again inside TLS. */
function mail(options: TlsOptions): Behaviour {
  const inside = follow({
    answers: [
      [/^EHLO /, '250-mail.example\r\n250 AUTH PLAIN\r\n'],
      [/^QUIT/, '221 bye\r\n', end],
    ],
  })
  return follow({
    greeting: '220 mail.example ESMTP Postfix (Debian)\r\n',
    answers: [
      [/^EHLO /, '250-mail.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n'],
      [/^STARTTLS/, '220 2.0.0 Ready to start TLS\r\n', overTls(options, inside)],
    ],
  })
}

const pem = ({ certPem, keyPem }: Identity) => ({ cert: certPem, key: keyPem })
const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS)
