// PROVISIONAL: the metrics room completes it.
export interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly labels?: readonly string[]
}
