import { type Case, describeParity } from './side-by-side.ts'
import { startStreamServers } from './stream-servers.ts'

/** [module, target]: blackbox_exporter's `probe_success` is 1 for these … */
const SUCCEED: readonly (readonly [module: string, target: string])[] = [
  ['bare', '{folder}/greets.sock'],
  ['unix', '{folder}/greets.sock'],
  ['unix', 'greets.sock'],
  ['unix', './greets.sock'],
  ['unix', '{folder}/silent.sock'],
  ['unix', '{folder}/closes.sock'],
  ['tls_server_name', '{folder}/elsewhere.sock'],
  ['tls_unverified', '{folder}/tls.sock'],
  ['tls_unverified', '{folder}/tls12.sock'],
  ['tls_unverified', '{folder}/expired.sock'],
  ['tls_named', '{folder}/tls.sock'],
  ['tls_named', '{folder}/tls13.sock'],
  ['tls_client_cert', '{folder}/demanding12.sock'],
  ['tls_expects_ssh', '{folder}/tlsGreets.sock'],
  ['expects_ssh', '{folder}/greets.sock'],
  ['expects_third_line', '{folder}/lines.sock'],
  ['expects_line_ends', '{folder}/lines.sock'],
  ['expects_unended', '{folder}/unended.sock'],
  ['expects_anything', '{folder}/empty.sock'],
  ['labels', '{folder}/greets.sock'],
  ['bytes', '{folder}/greets.sock'],
  ['bytes_binary', '{folder}/bytes.sock'],
  ['bytes_then_bytes', '{folder}/greets.sock'],
  ['pings', '{folder}/pings.sock'],
  ['sends_only', '{folder}/silent.sock'],
  ['repeats_expanded', '{folder}/repeats.sock'],
  ['irc', '{folder}/asksBack.sock'],
  ['mail_named', '{folder}/mail.sock'],
  ['mail_unverified', '{folder}/mailExpired.sock'],
]

/** … and 0 for these. */
const FAIL: typeof SUCCEED = [
  ['unix', '{folder}/nothing.sock'],
  ['unix', '{folder}/no-socket'],
  ['unix', '{folder}'],
  ['unix', '{folder}/left.sock'],
  ['unix', '{folder}/greets.sock/'],
  ['unix', 'unix://{folder}/greets.sock'],
  ['unix', 'localhost:80'],
  ['tls', '{folder}/tls.sock'],
  ['tls', '{folder}/greets.sock'],
  ['tls', '{folder}/nothing.sock'],
  ['tls_named', '{folder}/expired.sock'],
  ['tls_named', '{folder}/unknown.sock'],
  ['tls_named', '{folder}/demanding12.sock'],
  ['tls_short_timeout', '{folder}/silent.sock'],
  ['tls_other_server_name', '{folder}/elsewhere.sock'],
  ['tls_expects_ssh', '{folder}/tls.sock'],
  ['expects_ssh', '{folder}/closes.sock'],
  ['expects_ssh', '{folder}/endless.sock'],
  ['expects_ssh_short_timeout', '{folder}/silent.sock'],
  ['expects_missing_line', '{folder}/lines.sock'],
  ['labels_before_failure', '{folder}/greets.sock'],
  ['bytes_wrong', '{folder}/greets.sock'],
  ['bytes_more_than_come', '{folder}/short.sock'],
  ['sends_and_hopes', '{folder}/silent.sock'],
  ['mail_named', '{folder}/mailExpired.sock'],
  ['starttls_broken', '{folder}/breaksTls.sock'],
]

const cases = (rows: typeof SUCCEED, succeeds: boolean): Case[] =>
  rows.map(([module, target]) => ({ module, target, succeeds }))

describeParity('unix', [...cases(SUCCEED, true), ...cases(FAIL, false)], startStreamServers)
