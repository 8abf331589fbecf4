/**
 * Whether the schedule holds its intervals. A stall of some seconds or one slow target is no reason to take a prober out
 * of service, and one good moment none to take it back: three slices of time in a row decide, each way.
 */
export interface Punctuality {
  /** A run came due; not held: it was left out, or the moment of a whole run had passed unseen. */
  count(isHeld: boolean): void
  /** Of the last three slices with runs; undefined: the intervals are held. */
  trouble(): Trouble | undefined
}

export interface Trouble {
  readonly due: number
  readonly missed: number
}

export const SLICE_SECONDS = 10
const SLICES_IN_A_ROW = 3
/** More than this share of the runs that came due were missed. */
const BAD_SHARE = 0.1

export function createPunctuality(nowSeconds: () => number): Punctuality {
  let startSeconds = nowSeconds()
  let slice = { due: 0, missed: 0 }
  let recent: readonly Trouble[] = []
  let inARow = 0
  let isInTrouble = false

  /** Where nothing came due, nothing was missed: that ends trouble, too, but begins none. */
  function close(): void {
    const isBad = slice.missed > slice.due * BAD_SHARE
    if (slice.due > 0) recent = [...recent, slice].slice(-SLICES_IN_A_ROW)
    if (slice.due > 0 || isInTrouble) inARow = isBad === isInTrouble ? 0 : inARow + 1
    slice = { due: 0, missed: 0 }
    if (inARow < SLICES_IN_A_ROW) return
    isInTrouble = !isInTrouble
    inARow = 0
  }

  function catchUp(): void {
    const passed = Math.floor((nowSeconds() - startSeconds) / SLICE_SECONDS)
    startSeconds += passed * SLICE_SECONDS
    for (let left = Math.min(passed, SLICES_IN_A_ROW + 1); left > 0; left -= 1) close()
  }

  return {
    count(isHeld) {
      catchUp()
      slice.due += 1
      if (!isHeld) slice.missed += 1
    },
    trouble() {
      catchUp()
      if (!isInTrouble) return undefined
      const sum = (key: keyof Trouble) => recent.reduce((total, each) => total + each[key], 0)
      return { due: sum('due'), missed: sum('missed') }
    },
  }
}
