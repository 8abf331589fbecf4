import { probe } from '../../cli/probe.ts'
import type { Host } from '../../cli/terminal.ts'
import { assert, describe } from '../harness.ts'

/** What is refused before anything is probed: in this process, as starting one for each would take seconds. */
const COMPLAINTS: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /^sonde probe: which target\? as in: sonde probe https:\/\/example\.com\/$/],
  [[''], /^sonde probe: which target\? as in: sonde probe https:\/\/example\.com\/$/],
  [['a', '--timeout', '1s', '--timeout=2s'], /^sonde probe: flag --timeout cannot be repeated$/],
  [['a', 'b'], /^sonde probe: one target at a time; found 2$/],
  [['a', '--output', 'xml'], /^sonde probe: --output is text or json, not "xml"$/],
  [['a', '--timeout', '5'], /^sonde probe: --timeout: .*"5s"$/],
  [['a', '--timeout', '0s'], /^sonde probe: --timeout: found 0s; write one above 0 and up to 24h, as in 5s$/],
  [['a', '--timeout', '1000h'], /^sonde probe: --timeout: found 1000h; /],
  [['a', '--retry-for', '1m0'], /^sonde probe: --retry-for: /],
  [['a', '--retry-for', '0s'], /^sonde probe: --retry-for: found 0s; write one above 0 and up to 24h, as in 5s$/],
  [['a', '--timout', '5s'], /^sonde probe: unknown flag --timout; did you mean --timeout\?$/],
  [
    ['a', '--module', 'web'],
    /^sonde probe: --module web needs a --config\.file that has it; built in are http_2xx, tcp_connect, /,
  ],
  [['a', '--module', 'tcp_conect'], /; did you mean tcp_connect\?$/],
  [['a', '--config.file', '/nowhere.yml'], /\/nowhere\.yml/],
  [['ftp://a'], /^sonde probe: ftp:\/\/ is nothing that can be probed; there are http, /],
  [['tcp://a:1', '--module', 'dns'], /^sonde probe: a target of tcp needs a module of tcp, and dns is one of dns$/],
  [['a', '--addresses', 'both'], /^sonde probe: --addresses is one, any or all, not "both"$/],
  [['a', '--resolver', 'ns.example'], /^sonde probe: --resolver: "ns\.example" is no address of a name server; /],
]

/** A terminal that keeps what is said. */
function fakeHost(said: string[]): Host {
  const say = (text: string) => void said.push(text)
  const nothing = () => ({ [Symbol.dispose]: () => undefined })
  return {
    terminal: {
      write: say,
      line: say,
      complain: say,
      isInteractive: false,
      hasColour: false,
      columns: () => 80,
      rows: () => 24,
      onResize: nothing,
    },
    environment: {},
    async *standardInput() {},
    interrupted: () => new AbortController().signal,
    onHangup: nothing,
    onLogError: () => undefined,
  }
}

describe('sonde probe refuses', (test) => {
  for (const [args, message] of COMPLAINTS) {
    test(`${JSON.stringify(args)} with exit code 1 and a word on what to do`, async () => {
      const said: string[] = []
      assert.is(await probe(args, fakeHost(said)), 1)
      assert.is(said.length, 1)
      assert.match(said.join('\n'), message)
    })
  }
})
