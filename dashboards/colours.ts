/** What colours mean, alike on all dashboards. */
import {
  type DynamicConfigValue,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'

/** From each value on the colour that stands beside it; the first from the lowest. */
export type Steps = readonly [first: string, ...rest: readonly (readonly [from: number, colour: string])[]]

export function thresholds([first, ...rest]: Steps) {
  const steps = [{ value: null, color: first }, ...rest.map(([value, color]) => ({ value, color }))]
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps)
}

export const NEUTRAL: Steps = ['text']
export const NONE_IS_GOOD: Steps = ['green', [1, 'red']]
export const UPTIME: Steps = ['red', [0.99, 'orange'], [0.999, 'green']]
/** Below nine tenths the rules call it unknown. */
export const OBSERVED: Steps = ['red', [0.9, 'orange'], [0.99, 'green']]
/** As the alerts have it: clients renew when a third of the lifetime is left. */
export const CERTIFICATE: Steps = ['red', [0.1, 'orange'], [0.25, 'green']]
export const BUDGET: Steps = ['red', [0, 'orange'], [0.25, 'green']]

/** 1 is up; what lies between is what some observers reach. */
export const STATE: readonly ValueMapping[] = [
  value('0', 'Down', 'red'),
  value('1', 'Up', 'green'),
  range(0.0001, 0.9999, 'Partly', 'orange'),
]

export const YES_OR_NO: readonly ValueMapping[] = [value('0', 'No', 'red'), value('1', 'Yes', 'green')]

export const FIRING: readonly ValueMapping[] = [value('1', 'Firing', 'red')]

export const STATUS_CODES: readonly ValueMapping[] = [
  value('0', 'none', 'dark-red'),
  range(100, 299, undefined, 'green'),
  range(300, 399, undefined, 'blue'),
  range(400, 499, undefined, 'orange'),
  range(500, 599, undefined, 'red'),
]

function value(from: string, text: string, color: string): ValueMapping {
  return { type: MappingType.ValueToText, options: { [from]: { text, color, index: Number(from) } } }
}

function range(from: number, to: number, text: string | undefined, color: string): ValueMapping {
  return {
    type: MappingType.RangeToText,
    options: { from, to, result: { ...(text === undefined ? {} : { text }), color } },
  }
}

/** In the order in which time is spent; neighbours differ in hue, also for those who see red and green alike. */
export const PHASE_COLOURS: Readonly<Record<string, string>> = {
  prepare: '#8F8F8F',
  token: '#B877D9',
  resolve: '#5794F2',
  setup: '#7C7C7C',
  rtt: '#37872D',
  connect: '#FADE2A',
  proxy: '#CA95E5',
  tls: '#FF780A',
  processing: '#37872D',
  transfer: '#8AB8FF',
  dialogue: '#96D98D',
  check: '#E0B400',
  other: '#A7A7A7',
}

export function fixedColour(colour: string): DynamicConfigValue {
  return { id: 'color', value: { mode: 'fixed', fixedColor: colour } }
}
