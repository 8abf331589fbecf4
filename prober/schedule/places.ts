/** Places for probes that run at the same time; who finds none waits in line. */
export interface Places {
  /** Resolves to true once there is a place, in the order of asking; to false when the signal fires before. */
  take(signal: AbortSignal): Promise<boolean>
  /** Gives one back. */
  free(): void
  waiting(): number
}

/** A limit of 0: none. */
export function createPlaces(limit: number): Places {
  const line = new Set<() => void>()
  let taken = 0
  return {
    async take(signal) {
      if (signal.aborted) return false
      if (limit > 0 && taken >= limit) return isCalled(line, signal)
      taken += 1
      return true
    },
    free() {
      const [next] = line
      if (next === undefined) taken -= 1
      else next()
    },
    waiting: () => line.size,
  }
}

/** The place of whoever frees one goes over to the first in line without being free in between. */
function isCalled(line: Set<() => void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const leave = (hasPlace: boolean) => {
      line.delete(call)
      signal.removeEventListener('abort', giveUp)
      resolve(hasPlace)
    }
    const call = () => leave(true)
    const giveUp = () => leave(false)
    line.add(call)
    signal.addEventListener('abort', giveUp)
  })
}
