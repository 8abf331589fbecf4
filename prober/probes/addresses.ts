/**
 * `addresses: any | all`: a name is looked up once, then each of its addresses is probed on its own (#1512, #1378).
 * It works for every kind, because every kind asks its network for the addresses of its target before anything else:
 * the first probe looks up and takes the first address, the others are given theirs.
 */
import type { AddressMode } from '../config/schema.ts'
import { aborted, createDeadline, DeadlineExceeded } from '../net/deadline.ts'
import { type Failure, failure, type Outcome } from '../net/outcome.ts'
import type { Address, Resolver } from '../net/resolve.ts'
import type { Network, ProbeRequest } from './probe.ts'
import type { AddressResult, LogLine, PhaseSeconds, Result } from './result.ts'

/** One probe of the request, in this network. */
export type ProbeOnce = (network: Network, signal: AbortSignal) => Promise<Result>
type Mode = Exclude<AddressMode, 'one'>

/** More would make one target's metrics a burden; name servers seldom answer with a tenth of it. */
const MOST_ADDRESSES = 64
/** A burst of handshakes would show in the times of every other probe. */
const MOST_AT_A_TIME = 8

interface Lookup {
  readonly host: string
  readonly seconds: number
  /** Each once, in the order of the answer. */
  readonly addresses: readonly Address[]
}

export async function probeAddresses(
  { timeoutSeconds }: ProbeRequest,
  mode: Mode,
  network: Network,
  probeOnce: ProbeOnce,
  parent: AbortSignal,
): Promise<Result> {
  using deadline = createDeadline(timeoutSeconds, parent)
  const { signal } = deadline
  const looked = Promise.withResolvers<Lookup | undefined>()
  const first = probeOnce({ ...network, resolve: telling(network.resolve, looked.resolve) }, signal)
  const withoutLookup = () => looked.resolve(undefined)
  first.then(withoutLookup, withoutLookup)
  const lookup = await looked.promise
  if (lookup === undefined) return { ...(await first), addresses: [] }
  const others = lookup.addresses.slice(1, MOST_ADDRESSES)
  using turns = createTurns(MOST_AT_A_TIME - 1, (deadline.remainingSeconds() * 1000) / 2 / Math.max(1, others.length))
  first.then(turns.end, turns.end)
  const probeOther = async (address: Address): Promise<Result | Failure> => {
    await turns.begin()
    if (signal.aborted) return tooLate(signal)
    const own = { ...network, resolve: leading(network.resolve, lookup.host, address) }
    const result = await probeOnce(own, signal)
    turns.end()
    return withLookup(result, lookup.seconds)
  }
  return verdict(mode, await Promise.all([first, ...others.map(probeOther)]), lookup)
}

/** Looks up as ever, and tells what the first name led to. */
function telling(resolve: Resolver, tell: (lookup: Lookup) => void): Resolver {
  return async (host, preference, signal) => {
    const startedMs = performance.now()
    const resolved = await resolve(host, preference, signal)
    if (!resolved.ok) return resolved
    const once = new Map(resolved.addresses.map((address) => [address.ip, address]))
    // Whole nanoseconds, as the stopwatch counts them.
    const seconds = Math.max(0, Math.round((resolved.atMs - startedMs) * 1e6)) / 1e9
    tell({ host, seconds, addresses: [...once.values()] })
    return resolved
  }
}

/** This name leads to this address; every other one (of a proxy, of a redirect) is looked up. */
function leading(resolve: Resolver, name: string, address: Address): Resolver {
  return (host, preference, signal) =>
    host === name
      ? Promise.resolve({ ok: true, addresses: [address], atMs: performance.now() })
      : resolve(host, preference, signal)
}

interface Turns extends Disposable {
  begin(): Promise<void>
  end(): void
}

/**
 * So many at a time. Addresses that never answer must not keep the last one from its turn: one more begins every so
 * often, whoever still runs.
 */
function createTurns(most: number, everyMs: number): Turns {
  const waiting: (() => void)[] = []
  let free = most
  const admit = () => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  const timer = setInterval(admit, everyMs)
  return {
    begin() {
      if (free === 0) return new Promise((resolve) => waiting.push(resolve))
      free -= 1
      return Promise.resolve()
    },
    end: admit,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** It never began: whoever came before it took all the time. */
function tooLate(signal: AbortSignal): Failure {
  const isLate = signal.reason instanceof DeadlineExceeded
  return isLate
    ? failure('prepare', 'prepare_timeout', 'The addresses before it took all the time of the probe')
    : aborted('prepare', signal)
}

/** As if it had looked up the name itself, so that each address tells the same story as a probe of its own. */
function withLookup(result: Result, lookupSeconds: number): Result {
  const changed = {
    startedAtSeconds: result.startedAtSeconds - lookupSeconds,
    durationSeconds: result.durationSeconds + lookupSeconds,
    phases: longerLookup(result.phases, lookupSeconds),
    lookupSeconds,
    log: result.log.map((line) => ({ ...line, atSeconds: line.atSeconds + lookupSeconds })),
  }
  if (result.prober !== 'http') return { ...result, ...changed }
  const hops = result.http.hops.map((hop, index) =>
    index === 0 ? { ...hop, phases: longerLookup(hop.phases, lookupSeconds) } : hop,
  )
  return { ...result, ...changed, http: { ...result.http, hops } }
}

function longerLookup(phases: PhaseSeconds, seconds: number): PhaseSeconds {
  return { ...phases, resolve: (phases.resolve ?? 0) + seconds }
}

/** All but the verdict is told of the one address that decided. The first has always run. */
function verdict(
  mode: Mode,
  [first, ...others]: readonly [Result, ...(Result | Failure)[]],
  { host, addresses }: Lookup,
): Result {
  const all = [first, ...others]
  const each = addresses.slice(0, all.length).map((address, index) => addressResult(address, all[index] ?? first))
  const found = each.findIndex(({ outcome }) => outcome.ok === (mode === 'any'))
  const index = Math.max(0, found)
  const run = all[index]
  const decided = run === undefined || 'ok' in run ? first : run
  const healthy = each.filter(({ outcome }) => outcome.ok).length
  const fields = { host, addresses: each.length, healthy, left_out: addresses.length - each.length }
  const line: LogLine = { atSeconds: decided.durationSeconds, level: 'info', message: 'Probed each address', fields }
  const outcome = inTotal(each[index]?.outcome ?? first.outcome, each, index)
  return { ...decided, outcome, addresses: each, log: [...decided.log, line] }
}

function addressResult(address: Address, run: Result | Failure): AddressResult {
  if ('ok' in run) return { address, outcome: run, durationSeconds: 0, phases: {} }
  const { outcome, durationSeconds, phases } = run
  return { address, outcome, durationSeconds, phases }
}

function inTotal(outcome: Outcome, each: readonly AddressResult[], index: number): Outcome {
  if (outcome.ok || each.length < 2) return outcome
  const failed = each.filter((other) => !other.outcome.ok).length
  const ip = each[index]?.address.ip ?? ''
  return { ...outcome, message: `${failed} of ${each.length} addresses failed; ${ip}: ${outcome.message}` }
}
