import type { Format } from '../metrics/exposition.ts'

interface Accepted {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

/**
 * Prometheus lists what it can read with falling q-values; the highest that we can write wins, the first one of equals.
 * Text 0.0.4 answers whoever asks for nothing that we have, as blackbox_exporter does.
 */
export function chooseFormat(accept: string | undefined): Format {
  let best: { format: Format; quality: number } = { format: 'text', quality: 0 }
  for (const accepted of parseList(accept ?? '')) {
    const format = formatOf(accepted)
    if (format !== undefined && accepted.quality > best.quality) best = { format, quality: accepted.quality }
  }
  return best.format
}

/** A scraper sends the same header for ever: parsing it each time cost 3 % of a probe. */
export function createFormatChooser(): typeof chooseFormat {
  let last: { readonly accept: string | undefined; readonly format: Format } | undefined
  return (accept) => {
    if (last === undefined || last.accept !== accept) last = { accept, format: chooseFormat(accept) }
    return last.format
  }
}

function formatOf({ name, parameters }: Accepted): Format | undefined {
  const version = parameters.get('version')
  switch (name) {
    case 'application/openmetrics-text':
      return version === undefined || version === '1.0.0' ? 'openmetrics' : undefined
    case 'text/plain':
      return version === undefined || version === '0.0.4' ? 'text' : undefined
    case 'text/*':
    case '*/*':
      return 'text'
    default:
      return undefined
  }
}

export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  const codings = parseList(acceptEncoding)
  const coding = codings.find(({ name }) => name === 'gzip') ?? codings.find(({ name }) => name === '*')
  return coding !== undefined && coding.quality > 0
}

/** RFC 9110 §12.4: comma-separated, each with `;name=value` parameters of which `q` weighs it. */
function parseList(header: string): Accepted[] {
  return header.split(',').map((element) => {
    const [name = '', ...rest] = element.split(';')
    const parameters = new Map(rest.map(parseParameter))
    const quality = Number(parameters.get('q') ?? 1)
    return { name: name.trim().toLowerCase(), parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }
  })
}

function parseParameter(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=')
  return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')]
}
