/** What a codec makes of the bytes that have come so far. */
export type Parsed<T> =
  | { readonly state: 'more' }
  /** `bytes`: how many the value took; what follows belongs to the next reader. */
  | { readonly state: 'done'; readonly value: T; readonly bytes: number }
  | { readonly state: 'malformed'; readonly found: string }

export const MORE: Parsed<never> = { state: 'more' }

export function malformed(found: string): Parsed<never> {
  return { state: 'malformed', found }
}
