/** What the SDK's processor and reader hand their batches to; it counts what is lost, and tells each change once. */
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { Sender } from './sender.ts'

export const SIGNALS = ['traces', 'metrics'] as const
export type Signal = (typeof SIGNALS)[number]

export interface ExportEvents {
  failed(signal: Signal): void
  /** So many spans or data points did not arrive. */
  dropped(signal: Signal, count: number): void
  /** From now on they do not arrive; `reason` is for the log. */
  lost(signal: Signal, reason: string): void
  /** They do again. */
  restored(signal: Signal): void
}

/** How one signal is written and counted. */
export interface Encoding<Items> {
  readonly signal: Signal
  readonly count: (items: Items) => number
  readonly encode: (items: Items) => Uint8Array | undefined
  /** What the collector says of a batch that it took. @throws when that is no OTLP. */
  readonly decodeAnswer: (message: Uint8Array) => Refusal | undefined
}

export interface Refusal {
  readonly count: number
  readonly reason: string
}

export interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export function createExporter<Items>(
  encoding: Encoding<Items>,
  sender: Sender,
  events: ExportEvents,
): Exporter<Items> {
  const { signal } = encoding
  const underWay = new Set<Promise<void>>()
  let isLost = false
  const tell = (reason: string | undefined) => {
    if (reason !== undefined && !isLost) events.lost(signal, reason)
    if (reason === undefined && isLost) events.restored(signal)
    isLost = reason !== undefined
  }
  const deliver = async (items: Items): Promise<ExportResult> => {
    const problem = await sendItems(encoding, items, sender)
    tell(problem?.reason)
    if (problem === undefined) return { code: ExportResultCode.SUCCESS }
    events.dropped(signal, problem.count)
    if (!problem.isFailure) return { code: ExportResultCode.SUCCESS }
    events.failed(signal)
    return { code: ExportResultCode.FAILED, error: new Error(problem.reason) }
  }
  // Our own fault must not end the process: it goes on probing.
  const failedByBug = (thrown: unknown): ExportResult => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    tell(`A bug of ours; please report it: ${error.stack}`)
    events.failed(signal)
    return { code: ExportResultCode.FAILED, error }
  }
  const settled = async () => void (await Promise.all(underWay))
  return {
    export(items, done) {
      const delivery = deliver(items).catch(failedByBug).then(done)
      underWay.add(delivery)
      void delivery.finally(() => underWay.delete(delivery))
    },
    forceFlush: settled,
    shutdown: settled,
  }
}

interface Problem extends Refusal {
  /** Nothing of it arrived; else the collector refused a part. */
  readonly isFailure: boolean
}

async function sendItems<Items>(
  { signal, count, encode, decodeAnswer }: Encoding<Items>,
  items: Items,
  sender: Sender,
): Promise<Problem | undefined> {
  const message = encode(items)
  if (message === undefined) return undefined
  const answer = await sender.send(`/v1/${signal}`, message)
  if (!answer.ok) return { count: count(items), reason: answer.message, isFailure: true }
  try {
    const refusal = answer.message === undefined ? undefined : decodeAnswer(answer.message)
    return refusal === undefined ? undefined : { ...refusal, isFailure: false }
  } catch {
    return { count: count(items), reason: 'The answer is no OTLP: is the endpoint a collector?', isFailure: true }
  }
}

/** The collector's own words are a stranger's: short, and of one line. */
export function refusalOf(count: number, what: string, said = ''): Refusal | undefined {
  if (count === 0) return undefined
  const words = said.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
  return { count, reason: `The collector refused ${count} ${what}${words === '' ? '' : `: ${words}`}` }
}
