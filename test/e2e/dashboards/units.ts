/** Numbers as Grafana writes them in the units that our panels have. */

const TIMES = [
  [1, 1, 's'],
  [1e-3, 1e3, 'ms'],
  [0, 1e6, 'µs'],
] as const
const LONG_TIMES = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const
const BYTES = ['B', 'KiB', 'MiB', 'GiB'] as const

export function written(value: number, unit = 'none', decimals?: number): string {
  if (Number.isNaN(value)) return 'no number'
  switch (unit) {
    case 's':
    case 'dtdurations':
      return time(value, decimals)
    case 'percentunit':
      return `${rounded(100 * value, decimals)} %`
    case 'bytes':
      return bytes(value)
    case 'reqps':
      return `${rounded(value, decimals)} req/s`
    case 'ops':
      return `${rounded(value, decimals)} /s`
    default:
      return rounded(value, decimals)
  }
}

function time(seconds: number, decimals?: number): string {
  const size = Math.abs(seconds)
  const long = LONG_TIMES.find(([least]) => size >= 2 * least)
  if (long !== undefined) return `${rounded(seconds / long[0], decimals)} ${long[1]}`
  if (size === 0) return '0 s'
  const [, factor, name] = TIMES.find(([least]) => size >= least) ?? TIMES[0]
  return `${rounded(seconds * factor, decimals)} ${name}`
}

function bytes(value: number): string {
  const power = Math.min(BYTES.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10))
  return `${rounded(value / 1024 ** power)} ${BYTES[power]}`
}

/** Three digits that say something, or as many decimals as are wanted. */
function rounded(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}
