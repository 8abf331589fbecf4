import type { Discovery } from '../config/schema.ts'
import type { Finder } from './finder.ts'

/** A finder whose code, the parsers of what is found among it, is loaded once there is something for it to find. */
export function lazyFinder(
  isWanted: (discovery: Discovery) => boolean,
  load: () => Promise<Finder>,
  onBug: (error: unknown) => void,
): Finder {
  let finder: Finder | undefined
  let loading: Promise<void> | undefined
  let wanted: Parameters<Finder['configure']>[0]
  let isEnded = false
  const loadOnce = async () => {
    finder = await load()
    if (!isEnded) finder.configure(wanted)
  }
  const onFailure = (error: unknown) => {
    // The next reload may find the file descriptor that was missing.
    loading = undefined
    onBug(error)
  }
  return {
    configure(config) {
      wanted = config
      if (finder !== undefined) finder.configure(config)
      else if (isWanted(config.discovery)) loading ??= loadOnce().catch(onFailure)
    },
    found: () => finder?.found() ?? [],
    health: () => finder?.health() ?? [],
    async [Symbol.asyncDispose]() {
      isEnded = true
      await loading
      await finder?.[Symbol.asyncDispose]()
    },
  }
}
