/** What a command knows of the world outside; made in main.ts from `process`, in tests from nothing. */
export interface Terminal {
  /** To standard output, as it is. */
  write(text: string): void
  line(text: string): void
  /** To standard error, a line. */
  complain(text: string): void
  /** Whether standard output is a terminal that can move its cursor. */
  readonly isInteractive: boolean
  readonly hasColour: boolean
  columns(): number
  rows(): number
  onResize(listener: () => void): Disposable
}

export interface Host {
  readonly terminal: Terminal
  readonly environment: Readonly<Record<string, string | undefined>>
  standardInput(): AsyncIterable<Uint8Array>
  /**
   * Fires at the first SIGINT or SIGTERM, with its name as the reason; from this call on they no longer end the process
   * by themselves, only a second one does.
   */
  interrupted(): AbortSignal
  /** From this call on SIGHUP no longer ends the process. */
  onHangup(listener: () => void): Disposable
  /** What became of a write to the log; that its reader has gone ends the process as a signal does. */
  onLogError(error: NodeJS.ErrnoException): void
}

/** Resolves when it fires. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const CODES = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
} as const
export type Colour = keyof typeof CODES
/** Gives back the text as it is when the terminal takes no colours. */
export type Paint = (colour: Colour, text: string) => string

export function painter(hasColour: boolean): Paint {
  return (colour, text) => (hasColour && text !== '' ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text)
}

/** Targets choose much of what we show: none of it may move the cursor, change colours or turn the text around. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\u{fffd}')
}
