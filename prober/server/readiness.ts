import type { Trouble } from '../schedule/punctuality.ts'

/** What `/-/ready` answers: whether this prober should be asked, and its schedule relied on. */
export interface Readiness {
  /** Why not, in a sentence; undefined: ready. */
  unready(): string | undefined
  /** The first configuration is on the schedule. */
  begin(): void
  /** No new work: the process ends. */
  end(): void
}

export function createReadiness(trouble: () => Trouble | undefined): Readiness {
  let state: 'starting' | 'running' | 'ending' = 'starting'
  return {
    unready() {
      if (state === 'ending') return 'Shutting down'
      if (state === 'starting') return 'Starting: the targets are not on the schedule yet'
      const found = trouble()
      return found === undefined ? undefined : troubleText(found)
    },
    begin() {
      if (state === 'starting') state = 'running'
    },
    end() {
      state = 'ending'
    },
  }
}

function troubleText({ due, missed }: Trouble): string {
  const what = `Overloaded: of ${due} runs that came due lately ${missed} were missed`
  return `${what}; see sonde_event_loop_delay_max_seconds and sonde_scheduler_queue_length, and share the targets out with --shard`
}
