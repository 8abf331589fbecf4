/** What a function of this room gave back, when it had to be a failure: the test ends here when it was not. */
export function failed<T extends { readonly ok: boolean }>(found: T): Extract<T, { readonly ok: false }> {
  if (found.ok) throw new Error('succeeded, but had to fail')
  return found as Extract<T, { readonly ok: false }>
}
