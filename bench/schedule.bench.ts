import { residentMiB } from './contenders.ts'
import { median } from './rounds.ts'
import type { Bench } from './run.ts'
import { cpuOver, type Grounds, lateRuns, longestAnswerMs, prepareGrounds, type Started } from './scheduled.ts'

const MODULES = { http: { prober: 'http', timeout: '1s', http: { preferred_ip_protocol: 'ip4' } } }

export const bench: Bench = {
  question: 'what does a schedule of its own cost, beside blackbox_exporter driven by Prometheus?',
  async run(say) {
    for (const part of [sameWork, manyTargets, heldUp]) {
      await using grounds = await prepareGrounds()
      await part(grounds, say)
    }
  },
}

const TARGETS = 1000
const INTERVAL_SECONDS = 15
const WARM_UP_SECONDS = 45
/** Whole intervals, so that each target is probed as often. */
const SECONDS = 60

/** A prober and the Prometheus that has its results in the end. */
type Side = readonly [prober: Started, prometheus: Started]

/** Both sides at the same time, on the same machine: each takes a fraction of one core. */
async function sameWork(grounds: Grounds, say: (line: string) => void): Promise<void> {
  const addresses = addressesOf(grounds, TARGETS)
  const blackbox = await startBlackboxSide(grounds, addresses)
  const sonde = await startSondeSide(grounds, addresses)
  await cpuOver(WARM_UP_SECONDS, [])
  const before = await lateRuns(sonde[0])
  const cpu = await cpuOver(SECONDS, [...blackbox, ...sonde])
  const after = await lateRuns(sonde[0])
  const memory = [...blackbox, ...sonde].map(({ pid }) => residentMiB(pid))
  const percent = cpu.map((seconds) => (seconds / SECONDS) * 100)
  say(`${TARGETS} targets every ${INTERVAL_SECONDS} s over HTTP, for ${SECONDS} s`)
  for (const line of sideLines('CPU of one core', percent, '%', 1)) say(line)
  for (const line of sideLines('resident memory', memory, 'MiB', 0)) say(line)
  const late = after.map(({ bound, count }, index) => ({ bound, count: count - (before[index]?.count ?? 0) }))
  say(`sonde's probes start late by less than ${boundOf(late, 0.5)} (p50), ${boundOf(late, 0.99)} (p99)`)
}

async function startBlackboxSide(grounds: Grounds, addresses: readonly string[]): Promise<Side> {
  const blackbox = await grounds.startBlackbox({ modules: MODULES })
  const job = {
    job_name: 'blackbox',
    metrics_path: '/probe',
    params: { module: ['http'] },
    static_configs: [{ targets: addresses }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: `127.0.0.1:${blackbox.port}` },
    ],
  }
  return [blackbox, await grounds.startPrometheus(prometheusConfig(job))]
}

async function startSondeSide(grounds: Grounds, addresses: readonly string[]): Promise<Side> {
  const sonde = await grounds.startSonde(sondeConfig(addresses, INTERVAL_SECONDS))
  const job = {
    job_name: 'sonde',
    honor_labels: true,
    static_configs: [{ targets: [`127.0.0.1:${sonde.port}`] }],
  }
  return [sonde, await grounds.startPrometheus(prometheusConfig(job))]
}

function prometheusConfig(job: object): object {
  const global = { scrape_interval: `${INTERVAL_SECONDS}s`, scrape_timeout: '10s' }
  return { global, scrape_configs: [job] }
}

function sondeConfig(addresses: readonly string[], intervalSeconds: number): object {
  const interval = `${intervalSeconds}s`
  return { modules: MODULES, targets: addresses.map((address) => ({ address, module: 'http', interval })) }
}

function addressesOf({ targetUrl }: Grounds, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${targetUrl}/ok?${index}`)
}

/** The same rate, from few targets or from many. */
const PER_SECOND = 100
const COUNTS = [100, 1000, 10_000] as const
const ROUNDS = 3
const ROUND_SECONDS = 20

/** All at the same time: what disturbs one disturbs the others. */
async function manyTargets(grounds: Grounds, say: (line: string) => void): Promise<void> {
  const probers: Started[] = []
  for (const count of COUNTS) {
    probers.push(await grounds.startSonde(sondeConfig(addressesOf(grounds, count), count / PER_SECOND)))
  }
  await cpuOver(WARM_UP_SECONDS, [])
  const rounds: number[][] = []
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await cpuOver(ROUND_SECONDS, probers))
  say(`${PER_SECOND} scheduled probes a second`)
  for (const [index, count] of COUNTS.entries()) {
    const cost = median(rounds.map((seconds) => ((seconds[index] ?? 0) / ROUND_SECONDS / PER_SECOND) * 1e6))
    const ratio = median(rounds.map((seconds) => (seconds[index] ?? 0) / (seconds[0] ?? 1)))
    const memory = residentMiB(probers[index]?.pid ?? 0).toFixed(0)
    say(
      `CPU per probe of ${String(count).padStart(5)} targets ${cost.toFixed(0).padStart(6)} µs   ratio to ${COUNTS[0]} targets ${ratio.toFixed(2)}   resident ${memory} MiB`,
    )
  }
}

const RELOADS = 5

/** Who asks it something meanwhile waits as long as a probe that runs does. */
async function heldUp(grounds: Grounds, say: (line: string) => void): Promise<void> {
  const count = Math.max(...COUNTS)
  const config = (team: string) => {
    const addresses = addressesOf(grounds, count)
    const targets = addresses.map((address) => ({ address, module: 'http', interval: '10m', labels: { team } }))
    return { modules: MODULES, targets }
  }
  const sonde = await grounds.startSonde(config('first'))
  const start = await longestAnswerMs(sonde, sonde.ready())
  const reloads = async (configOf: (round: number) => object) => {
    const longest: number[] = []
    for (let round = 0; round < RELOADS; round += 1) {
      longest.push(await longestAnswerMs(sonde, sonde.reload(configOf(round))))
    }
    return longest
  }
  await reloads((round) => config(`warm-up ${round}`))
  const scrape = async () => (await fetch(`http://127.0.0.1:${sonde.port}/metrics`)).arrayBuffer()
  const scrapes: number[] = []
  for (let round = 0; round < RELOADS; round += 1) scrapes.push(await longestAnswerMs(sonde, scrape()))
  for (const [what, longest] of [
    ['from when it listens until it is ready', [start]],
    ['a reload in which each of them changes', await reloads((round) => config(`team ${round}`))],
    ['a reload in which one in a hundred goes', await reloads((round) => withoutSome(config('last'), round))],
    ['a scrape', scrapes],
  ] as const) {
    say(
      `${count} targets, ${what}: others wait ${median(longest).toFixed(0)} ms at most (up to ${Math.max(...longest).toFixed(0)})`,
    )
  }
}

function withoutSome<T>({ targets, ...rest }: { readonly targets: readonly T[] }, round: number): object {
  return { ...rest, targets: targets.filter((_, index) => index % 100 !== round) }
}

/** Of the four processes: each prober alone, then with its Prometheus. */
function sideLines(
  label: string,
  [blackbox = 0, its = 0, sonde = 0, own = 0]: readonly number[],
  unit: string,
  digits: number,
) {
  const line = (what: string, ofBlackbox: number, ofSonde: number) => {
    const [left, right] = [ofBlackbox, ofSonde].map((value) => `${value.toFixed(digits).padStart(6)} ${unit}`)
    return `${`${label}, ${what}`.padEnd(40)} blackbox ${left}   sonde ${right}   ratio ${(ofSonde / ofBlackbox).toFixed(2)}`
  }
  return [line('prober', blackbox, sonde), line('with its Prometheus', blackbox + its, sonde + own)]
}

/** The bucket in which so many of the runs have started. */
function boundOf(late: readonly { readonly bound: number; readonly count: number }[], share: number): string {
  const all = late.at(-1)?.count ?? 0
  const bound = late.find(({ count }) => count >= all * share)?.bound
  return bound === undefined || bound === Number.POSITIVE_INFINITY ? 'more than is counted' : `${bound * 1000} ms`
}
