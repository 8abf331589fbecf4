/**
 * One record of each type, as bytes and as blackbox_exporter 0.28 (miekg/dns) writes it: users' expressions match this text.
 * All are answers to `TYPE.records.example`; the bytes are the RDATA alone.
 */
import { name, u16, u32 } from './dns-wire.ts'

export interface TypedRecord {
  readonly type: string
  readonly code: number
  readonly rdata: Buffer
  /** What stands after `TYPE.records.example.\t300\t`. */
  readonly text: string
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const ascii = (text: string) => Buffer.from(text, 'latin1')
const string = (text: string) => Buffer.concat([Buffer.from([Buffer.byteLength(text, 'latin1')]), ascii(text)])
const join = (...parts: readonly Buffer[]) => Buffer.concat(parts)
const KEY = 'aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899'
const SIGNED = '660f1a00' // 2024-04-04T21:24:16Z
const EXPIRES = '665e3380'

const ROWS: readonly (readonly [type: string, code: number, rdata: Buffer, text: string])[] = [
  ['A', 1, hex('c0000201'), 'IN\tA\t192.0.2.1'],
  ['NS', 2, name('ns1.example'), 'IN\tNS\tns1.example.'],
  ['CNAME', 5, name('Canonical.Example'), 'IN\tCNAME\tCanonical.Example.'],
  [
    'SOA',
    6,
    join(
      name('ns1.example'),
      name('host\\.master.example'),
      u32(2026112101),
      u32(7200),
      u32(3600),
      u32(1209600),
      u32(300),
    ),
    'IN\tSOA\tns1.example. host\\.master.example. 2026112101 7200 3600 1209600 300',
  ],
  ['PTR', 12, name('host-1.example'), 'IN\tPTR\thost-1.example.'],
  ['HINFO', 13, join(string('INTEL 386'), string('Linux')), 'IN\tHINFO\t"INTEL 386" "Linux"'],
  ['MX', 15, join(u16(10), name('mail.example')), 'IN\tMX\t10 mail.example.'],
  [
    'TXT',
    16,
    join(
      string('v=spf1 include:_spf.example ~all'),
      string('a "quoted" \\ back; semi'),
      string('gr\xfc\xdfe\t\x00\x7f'),
      string(''),
    ),
    'IN\tTXT\t"v=spf1 include:_spf.example ~all" "a \\"quoted\\" \\\\ back; semi" "gr\\252\\223e\\009\\000\\127" ""',
  ],
  ['RP', 17, join(name('admin.example'), name('txt.example')), 'IN\tRP\tadmin.example. txt.example.'],
  ['AFSDB', 18, join(u16(1), name('afs.example')), 'IN\tAFSDB\t1 afs.example.'],
  ['X25', 19, string('311061700956'), 'IN\tX25\t311061700956'],
  ['ISDN', 20, join(string('150862028003217'), string('004')), 'IN\tISDN\t"150862028003217" "004"'],
  ['RT', 21, join(u16(2), name('relay.example')), 'IN\tRT\t2 relay.example.'],
  ['NSAP-PTR', 23, name('nsap.example'), 'IN\tNSAP-PTR\tnsap.example.'],
  [
    'SIG',
    24,
    join(hex(`0001 0d 02 00000e10 ${EXPIRES} ${SIGNED} 3039`), name('example'), hex(KEY)),
    'IN\tSIG\tA 13 2 3600 20240603212000 20240404212208 12345 example. qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk=',
  ],
  ['KEY', 25, hex(`0100 03 0d ${KEY}`), 'IN\tKEY\t256 3 13 qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk='],
  [
    'PX',
    26,
    join(u16(10), name('map822.example'), name('mapx400.example')),
    'IN\tPX\t10 map822.example. mapx400.example.',
  ],
  ['GPOS', 27, join(string('-32.6882'), string('116.8652'), string('10.0')), 'IN\tGPOS\t-32.6882 116.8652 10.0'],
  ['AAAA', 28, hex('20010db8 00000000 00000000 00000001'), 'IN\tAAAA\t2001:db8::1'],
  [
    'LOC',
    29,
    hex('00 12 16 13 8b0d2c8c 7fa8d1c8 00989a68'),
    'IN\tLOC\t51 30 12.748 N 01 35 13.464 W 10m 1m 10000m 10m',
  ],
  ['EID', 31, hex('e32c6f78163a9348'), 'IN\tEID\tE32C6F78163A9348'],
  ['NIMLOC', 32, hex('32251a030067'), 'IN\tNIMLOC\t32251A030067'],
  ['SRV', 33, join(u16(1), u16(20), u16(5060), name('sip.example')), 'IN\tSRV\t1 20 5060 sip.example.'],
  [
    'NAPTR',
    35,
    join(u16(100), u16(10), string('u'), string('E2U+sip'), string('!^.*$!sip:info@example!'), name('.')),
    'IN\tNAPTR\t100 10 "u" "E2U+sip" "!^.*$!sip:info@example!" .',
  ],
  ['KX', 36, join(u16(5), name('kx.example')), 'IN\tKX\t5 kx.example.'],
  [
    'CERT',
    37,
    join(hex('0001 3039 05'), hex(KEY)),
    'IN\tCERT\tPKIX 12345 RSASHA1 qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk=',
  ],
  ['DNAME', 39, name('target.example'), 'IN\tDNAME\ttarget.example.'],
  [
    'APL',
    42,
    hex('0001 18 03 c00002  0001 15 81 0a 0002 20 04 20010db8'),
    'IN\tAPL\t1:192.0.2.0/24 !1:10.0.0.0/21 2:2001:db8::/32',
  ],
  [
    'DS',
    43,
    hex(`3039 0d 02 ${KEY}`),
    'IN\tDS\t12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899',
  ],
  ['SSHFP', 44, hex(`04 02 ${KEY}`), 'IN\tSSHFP\t4 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899'],
  [
    'IPSECKEY',
    45,
    join(hex('0a 01 02 c0000226'), hex(KEY)),
    'IN\tIPSECKEY\t10 1 2 192.0.2.38 qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk=',
  ],
  [
    'RRSIG',
    46,
    join(hex(`0001 0d 02 00000e10 ${EXPIRES} ${SIGNED} 3039`), name('example'), hex(KEY)),
    'IN\tRRSIG\tA 13 2 3600 20240603212000 20240404212208 12345 example. qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk=',
  ],
  [
    'NSEC',
    47,
    join(name('next.example'), hex('0006 400100000003 0101 40')),
    'IN\tNSEC\tnext.example. A MX RRSIG NSEC CAA',
  ],
  ['DNSKEY', 48, hex(`0101 03 0d ${KEY}`), 'IN\tDNSKEY\t257 3 13 qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk='],
  [
    'DHCID',
    49,
    hex('000201 636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40'),
    'IN\tDHCID\tAAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
  ],
  [
    'NSEC3',
    50,
    hex('01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22 0000000002 90'),
    'IN\tNSEC3\t1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA RRSIG DNSKEY NSEC3PARAM',
  ],
  ['NSEC3PARAM', 51, hex('01 00 000c 04 aabbccdd'), 'IN\tNSEC3PARAM\t1 0 12 AABBCCDD'],
  [
    'TLSA',
    52,
    hex(`03 01 01 ${KEY}`),
    'IN\tTLSA\t3 1 1 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899',
  ],
  [
    'SMIMEA',
    53,
    hex(`03 00 01 ${KEY}`),
    'IN\tSMIMEA\t3 0 1 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899',
  ],
  [
    'HIP',
    55,
    join(hex('10 02 0008 200100107b1a74df365639cc39f1d578 0301000100020003'), name('rvs.example')),
    'IN\tHIP\t2 200100107b1a74df365639cc39f1d578 AwEAAQACAAM= rvs.example.',
  ],
  ['NINFO', 56, join(string('zone is'), string('fine')), 'IN\tNINFO\t"zone is" "fine"'],
  ['RKEY', 57, hex(`0000 03 0d ${KEY}`), 'IN\tRKEY\t0 3 13 qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk='],
  ['TALINK', 58, join(name('h0.example'), name('h2.example')), 'IN\tTALINK\th0.example. h2.example.'],
  [
    'CDS',
    59,
    hex(`3039 0d 02 ${KEY}`),
    'IN\tCDS\t12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899',
  ],
  ['CDNSKEY', 60, hex(`0101 03 0d ${KEY}`), 'IN\tCDNSKEY\t257 3 13 qrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk='],
  ['OPENPGPKEY', 61, hex(KEY), 'IN\tOPENPGPKEY\tqrvM3e7/ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJk='],
  ['CSYNC', 62, hex('78c5a3b5 0003 0004 60000008'), 'IN\tCSYNC\t2026218421 3 A NS AAAA'],
  [
    'ZONEMD',
    63,
    hex(`7a7c1b0d 01 01 ${KEY}${KEY.slice(0, 32)}`),
    'IN\tZONEMD\t2054953741 1 1 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899',
  ],
  [
    'SVCB',
    64,
    join(u16(1), name('svc.example'), hex('0001 0006 026832 026833  0003 0002 1f90  0004 0004 c0000201')),
    'IN\tSVCB\t1 svc.example. alpn="h2,h3" port="8080" ipv4hint="192.0.2.1"',
  ],
  [
    'HTTPS',
    65,
    join(
      u16(1),
      name('.'),
      hex('0000 0004 0001 0003 0001 0003 026832 0002 0000 0003 0002 01bb 0006 0010 20010db8000000000000000000000001'),
    ),
    'IN\tHTTPS\t1 . mandatory="alpn,port" alpn="h2" no-default-alpn="" port="443" ipv6hint="2001:db8::1"',
  ],
  ['SPF', 99, string('v=spf1 -all'), 'IN\tSPF\t"v=spf1 -all"'],
  ['UINFO', 100, string('who is it'), 'IN\tUINFO\t"who is it"'],
  ['UID', 101, u32(1000), 'IN\tUID\t1000'],
  ['GID', 102, u32(100), 'IN\tGID\t100'],
  ['NID', 104, hex('000a 0014 4fff ff20 ee64'), 'IN\tNID\t10 0014:4fff:ff20:ee64'],
  ['L32', 105, hex('000a 0a010200'), 'IN\tL32\t10 10.1.2.0'],
  ['L64', 106, hex('000a 20010db8 11401000'), 'IN\tL64\t10 2001:0DB8:1140:1000'],
  ['LP', 107, join(u16(10), name('l64-subnet1.example')), 'IN\tLP\t10 l64-subnet1.example.'],
  ['EUI48', 108, hex('00005e0053 2a'), 'IN\tEUI48\t00-00-5e-00-53-2a'],
  ['EUI64', 109, hex('00005eef1000002a'), 'IN\tEUI64\t00-00-5e-ef-10-00-00-2a'],
  [
    'URI',
    256,
    join(u16(10), u16(1), ascii('ftp://ftp.example/"public"')),
    'IN\tURI\t10 1 "ftp://ftp.example/\\"public\\""',
  ],
  [
    'CAA',
    257,
    join(hex('80'), string('issue'), ascii('ca.example; account=230123')),
    'IN\tCAA\t128 issue "ca.example; account=230123"',
  ],
  ['AVC', 258, string('app-name:WOLFGANG|app-class:OAM'), 'IN\tAVC\t"app-name:WOLFGANG|app-class:OAM"'],
  ['AMTRELAY', 260, hex('0a 01 cb007105'), 'IN\tAMTRELAY\t10 0 1 203.0.113.5'],
  ['RESINFO', 261, join(string('qnamemin'), string('exterr=15,16')), 'IN\tRESINFO\t"qnamemin" "exterr=15,16"'],
  [
    'TA',
    32768,
    hex(`3039 0d 02 ${KEY}`),
    'IN\tTA\t12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899',
  ],
  [
    'DLV',
    32769,
    hex(`3039 0d 02 ${KEY}`),
    'IN\tDLV\t12345 13 2 AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00112233445566778899',
  ],
  ['NULL', 10, hex('010261'), 'IN\tNULL\t\x01\x02a'],
  ['MB', 7, name('mb.example'), 'IN\tMB\tmb.example.'],
  ['MG', 8, name('mg.example'), 'IN\tMG\tmg.example.'],
  ['MR', 9, name('mr.example'), 'IN\tMR\tmr.example.'],
  ['MINFO', 14, join(name('r.example'), name('e.example')), 'IN\tMINFO\tr.example. e.example.'],
  ['TYPE65280', 65280, hex('c0ffee 00'), 'CLASS1\tTYPE65280\t\\# 4 c0ffee00'],
  ['TYPE65281', 65281, hex(''), 'CLASS1\tTYPE65281\t\\# 0 '],
]

export const RECORDS: readonly TypedRecord[] = ROWS.map(([type, code, rdata, text]) => ({ type, code, rdata, text }))
