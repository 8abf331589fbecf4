/** Whose time the wait for an answer was, as far as the server says so. */
import type { ServerTiming } from '../../wire/server-timing.ts'
import type { NamedSeconds, ProcessingSplit } from '../result.ts'

/** Each name once, with its longest time: layers that measure alike stand one within the other. */
export function longestByName(timings: readonly ServerTiming[]): readonly NamedSeconds[] {
  const longest = new Map<string, number>()
  for (const { name, durationSeconds } of timings) {
    if (durationSeconds !== undefined) longest.set(name, Math.max(durationSeconds, longest.get(name) ?? 0))
  }
  return [...longest].map(([name, seconds]) => ({ name, seconds }))
}

/** `names`: what the application's own time may be called, the first that is there counts. */
export function splitProcessing(
  timings: readonly NamedSeconds[],
  names: readonly string[],
  processingSeconds: number | undefined,
): ProcessingSplit | undefined {
  const found = names.map((wanted) => timings.find(({ name }) => name === wanted)).find((each) => each !== undefined)
  // A server that says more than we waited measures something else, or not at all.
  if (found === undefined || processingSeconds === undefined || found.seconds > processingSeconds) return undefined
  const edgeSeconds = Math.round((processingSeconds - found.seconds) * 1e9) / 1e9
  return { applicationSeconds: found.seconds, edgeSeconds }
}
