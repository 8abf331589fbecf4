import { acceptsGzip, chooseFormat, createFormatChooser } from '../../../prober/server/negotiate.ts'
import { assert, describe } from '../../harness.ts'

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7'
/** As Prometheus 3.5 sends it. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

const ACCEPTS: readonly (readonly [string | undefined, 'text' | 'openmetrics'])[] = [
  [undefined, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/plain', 'text'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
  [PROMETHEUS, 'openmetrics'],
  [`${PROTOBUF},${PROMETHEUS}`, 'openmetrics'],
  [PROTOBUF, 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version="1.0.0"; charset=utf-8', 'openmetrics'],
  ['APPLICATION/OpenMetrics-Text;Version=1.0.0', 'openmetrics'],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'text'],
  ['text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/openmetrics-text;q=nonsense', 'text'],
  ['application/openmetrics-text;q=7', 'text'],
  [';;;,,,===', 'text'],
]

describe('format', (test) => {
  for (const [accept, format] of ACCEPTS)
    test(`${accept} gets ${format}`, () => assert.is(chooseFormat(accept), format))
  test('what is remembered of one header is not given for another', () => {
    const choose = createFormatChooser()
    for (const [accept, format] of [...ACCEPTS, ...ACCEPTS]) assert.is(choose(accept), format)
  })
})

const ENCODINGS: readonly (readonly [string | undefined, boolean])[] = [
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['GZIP;q=0.5, br', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['*', true],
  ['identity', false],
  ['xgzip', false],
]

describe('gzip', (test) => {
  for (const [header, isAccepted] of ENCODINGS) {
    test(`${header}: ${isAccepted}`, () => assert.is(acceptsGzip(header), isAccepted))
  }
})
