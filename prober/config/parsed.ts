/** What a text of the file says, or `what was found; what to write`. One line, no secret. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }
