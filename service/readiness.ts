/** The one thing that a shutdown changes for those who ask before it changes for those who are served. */
export interface Readiness {
  isReady(): boolean
  leave(): void
}

export function createReadiness(): Readiness {
  let ready = true
  return {
    isReady: () => ready,
    leave() {
      ready = false
    },
  }
}
