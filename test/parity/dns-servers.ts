/** A name server whose behaviour hangs on the name that it is asked for, over UDP, TCP and TLS. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createAuthority } from '../../cli/demo/authority.ts'
import { closedPort, serveTcp, type TcpServer } from '../servers/tcp.ts'
import { serveTls } from '../servers/tls.ts'
import { RECORDS } from './dns-records.ts'
import {
  FLAG,
  name,
  pointer,
  type Question,
  type Reply,
  readQuestion,
  u16,
  u32,
  type WireRecord,
  writeReply,
} from './dns-wire.ts'
import { HAS_IPV6, type World } from './side-by-side.ts'

type Via = 'udp' | 'tcp'
/** Whole messages, without TCP's length; none for silence. */
type Answering = (asked: Question, via: Via) => readonly Buffer[]

const DAY_MS = 86_400_000

const A = (ip: string): WireRecord => ({ code: 1, rdata: Buffer.from(ip.split('.').map(Number)) })
const AAAA = (hex: string): WireRecord => ({ code: 28, rdata: Buffer.from(hex.padEnd(32, '0'), 'hex') })
const TXT = (text: string): WireRecord => ({
  code: 16,
  rdata: Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]),
})
const MX = (preference: number, host: Buffer): WireRecord => ({
  code: 15,
  rdata: Buffer.concat([u16(preference), host]),
})
const NS = (host: string): WireRecord => ({ owner: name('example'), code: 2, rdata: name(host) })
const CNAME = (host: string): WireRecord => ({ code: 5, rdata: name(host) })
const SOA = (serial: number, owner?: Buffer): WireRecord => ({
  ...(owner === undefined ? {} : { owner }),
  code: 6,
  rdata: Buffer.concat([
    name('ns1.example'),
    name('hostmaster.example'),
    ...[serial, 7200, 3600, 1_209_600, 300].map(u32),
  ]),
})
const OPT: WireRecord = { owner: name('.'), code: 41, class: 1232, ttl: 0x8000, rdata: Buffer.alloc(0) }
const ZONE_SOA = SOA(7, name('example'))

const WWW: readonly WireRecord[] = [
  A('192.0.2.1'),
  A('192.0.2.2'),
  AAAA('20010db8000000000000000000000001'),
  AAAA('00000000000000000000ffff c0000203'.replace(' ', '')),
  MX(10, name('mail.example')),
  MX(20, Buffer.concat([Buffer.from([4]), Buffer.from('mail'), pointer(16)])),
  TXT('v=spf1 -all'),
  SOA(2_026_112_101),
  NS('ns1.example'),
]
const GLUE: Reply = {
  authority: [NS('ns1.example'), NS('ns2.example')],
  additional: [{ ...A('192.0.2.53'), owner: name('ns1.example') }],
}
const ANY = 255

const REPLIES: Readonly<Record<string, (asked: Question, via: Via) => Reply>> = {
  'www.example': ({ code }) => ({ ...GLUE, answers: WWW.filter((one) => code === ANY || one.code === code) }),
  'one.example': () => ({ answers: [A('192.0.2.1')] }),
  'alias.example': () => ({ answers: [CNAME('www.example'), { ...A('192.0.2.1'), owner: name('www.example') }] }),
  'capitals.example': () => ({ answers: [{ ...A('192.0.2.1'), owner: name('CapiTals.EXAMPLE') }] }),
  'odd.example': () => ({ answers: [{ ...A('192.0.2.1'), owner: name('a\\.b c\\000\\255"\\\\;(@$.example') }] }),
  'empty.example': () => ({ authority: [ZONE_SOA] }),
  'nothing.example': () => ({ rcode: 3, authority: [ZONE_SOA] }),
  'broken.example': () => ({ rcode: 2 }),
  'refused.example': () => ({ rcode: 5 }),
  'malformed.example': () => ({ rcode: 1 }),
  'notimp.example': () => ({ rcode: 4 }),
  'rcode11.example': () => ({ rcode: 11 }),
  'badvers.example': () => ({ additional: [{ ...OPT, ttl: 0x0100_0000 }] }),
  'opt.example': () => ({ answers: [A('192.0.2.1')], additional: [OPT] }),
  'truncated.example': (_, via) => ({
    answers: [A('192.0.2.1')],
    flags: FLAG.response | (via === 'udp' ? FLAG.truncated : 0),
  }),
  'recursive.example': ({ recursionDesired }) => (recursionDesired ? { answers: [A('192.0.2.1')] } : { rcode: 5 }),
  'unavailable.example': () => ({ answers: [A('192.0.2.1')], flags: FLAG.response }),
  'authoritative.example': () => ({
    answers: [A('192.0.2.1')],
    flags: FLAG.response | FLAG.authoritative | FLAG.authenticated,
  }),
  'question.example': () => ({ flags: 0, answers: [A('192.0.2.1')] }),
  'other-question.example': () => ({
    question: Buffer.concat([name('another.example'), u16(1), u16(1)]),
    answers: [A('192.0.2.1')],
  }),
  'other-id.example': ({ id }) => ({ id: (id + 1) % 65_536, answers: [A('192.0.2.1')] }),
  'many.example': () => ({ answers: Array.from({ length: 20 }, (_, index) => A(`192.0.2.${index}`)) }),
  'too-many.example': () => ({ answers: Array.from({ length: 60 }, (_, index) => A(`192.0.2.${index}`)) }),
  'bad-length.example': () => ({ answers: [{ code: 1, rdata: Buffer.from([192, 0, 2]) }] }),
  'loop.example': () => ({ answers: [{ ...A('192.0.2.1'), owner: pointer(30) }] }),
  'version.bind': ({ class: of }) => ({
    rcode: of === 3 ? 0 : 5,
    answers: of === 3 ? [{ ...TXT('9.20'), class: 3 }] : [],
  }),
  '': () => ({ answers: [{ ...NS('a.root-servers.net'), owner: name('.') }] }),
  '*.example': () => ({ answers: [A('192.0.2.99')] }),
  '_sip._tcp.example': () => ({
    answers: [{ code: 33, rdata: Buffer.concat([...[1, 2, 5060].map(u16), name('sip.example')]) }],
  }),
}

const RAW: Readonly<Record<string, Answering>> = {
  'silent.example': () => [],
  'garbage.example': () => [Buffer.from('this is no DNS message, not at all')],
  'short.example': () => [Buffer.from([1, 2, 3])],
  'header.example': (asked) => [writeReply(asked, {}).subarray(0, 12)],
  'cut.example': (asked) => [writeReply(asked, { answers: [A('192.0.2.1')] }).subarray(0, -2)],
  'trailing.example': (asked) => [
    Buffer.concat([writeReply(asked, { answers: [A('192.0.2.1')] }), Buffer.from('more')]),
  ],
  'late.example': (asked) => [
    writeReply(asked, { id: asked.id ^ 1 }),
    writeReply(asked, { answers: [A('192.0.2.1')] }),
  ],
}

const answering: Answering = (asked, via) => {
  const raw = RAW[asked.name]
  if (raw !== undefined) return raw(asked, via)
  const typed = RECORDS.find(({ type }) => asked.name === `${type.toLowerCase()}.records.example`)
  if (typed !== undefined) return [writeReply(asked, { answers: [typed] })]
  return [writeReply(asked, REPLIES[asked.name]?.(asked, via) ?? { rcode: 3 })]
}

export async function startNameServers(folder: string): Promise<World> {
  const authority = await createAuthority('CN=Resolver Root')
  const names = { subject: 'CN=localhost', dnsNames: ['localhost'], ips: ['127.0.0.1'] }
  const good = await authority.issue(names)
  const expired = await authority.issue({ ...names, notBefore: daysAgo(9), notAfter: daysAgo(1) })
  const elsewhere = await authority.issue({ subject: 'CN=elsewhere', dnsNames: ['elsewhere.example'] })
  await writeFile(join(folder, 'ca.pem'), authority.certPem)
  const stack = new AsyncDisposableStack()
  const portOf = async (server: Promise<TcpServer>) => stack.use(await server).port
  const ports = {
    dns: await serveUdp(stack, '127.0.0.1', answering),
    deaf: await serveUdp(stack, '127.0.0.1', () => []),
    six: HAS_IPV6 ? await serveUdp(stack, '::1', answering) : 0,
    tcp: await portOf(serveTcp(answerStream)),
    tls: await portOf(serveTls(good, { onSecure: answerStream })),
    tls12: await portOf(serveTls(good, { onSecure: answerStream, context: { maxVersion: 'TLSv1.2' } })),
    expired: await portOf(serveTls(expired, { onSecure: answerStream })),
    elsewhere: await portOf(serveTls(elsewhere, { onSecure: answerStream })),
    silent: await portOf(serveTcp((socket) => socket.resume())),
    resets: await portOf(serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))),
    closes: await portOf(serveTcp((socket) => socket.end())),
    half: await portOf(serveTcp((socket) => socket.once('data', () => socket.end(Buffer.from([0, 40, 1, 2, 3]))))),
    slices: await portOf(serveTcp(answerInSlices)),
    closed: await closedPort(),
  }
  return { names: ports, modules: recordModules(), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function serveUdp(stack: AsyncDisposableStack, host: string, answering: Answering): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    for (const reply of answering(readQuestion(message), 'udp')) socket.send(reply, from.port, from.address)
  })
  await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(0, host, resolve))
  stack.defer(() => new Promise<void>((resolve) => socket.close(resolve)))
  return socket.address().port
}

const framed = (message: Buffer) => Buffer.concat([u16(message.length), message])

/** Closes on what is no message, as a TLS handshake. */
function answerStream(socket: Socket): void {
  socket.on('data', (chunk: Buffer) => {
    if (chunk.readUInt16BE(0) !== chunk.length - 2) socket.end()
    else for (const reply of answering(readQuestion(chunk.subarray(2)), 'tcp')) socket.write(framed(reply))
  })
}

/** One byte at a time. */
function answerInSlices(socket: Socket): void {
  socket.setNoDelay()
  socket.once('data', (chunk: Buffer) => {
    for (const reply of answering(readQuestion(chunk.subarray(2)), 'tcp')) {
      for (const byte of framed(reply)) socket.write(Buffer.from([byte]))
    }
  })
}

/** For each type a module that wants exactly the known text, and nothing else, of its record. */
function recordModules(): Readonly<Record<string, unknown>> {
  const modules = RECORDS.map(({ type, text }) => {
    // miekg/dns writes a NULL record as a comment: RFC 1035 allows none in zone files.
    const line = `${type === 'NULL' ? ';' : ''}${type}.records.example.\t300\t${text}`
    const dns = {
      preferred_ip_protocol: 'ip4',
      query_name: `${type}.records.example`,
      validate_answer_rrs: { fail_if_not_matches_regexp: [`^${line.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`] },
    }
    return [`record_${type}`, { prober: 'dns', timeout: '5s', dns }] as const
  })
  return Object.fromEntries(modules)
}

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)
