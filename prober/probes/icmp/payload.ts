const TEXT = 'Prometheus Blackbox Exporter'

/** As blackbox_exporter: its name, cut or padded with zeros to the size; 0: just as long as it is. */
export function payloadOf(payloadBytes: number): Buffer {
  const payload = Buffer.alloc(payloadBytes === 0 ? TEXT.length : payloadBytes)
  payload.write(TEXT, 'latin1')
  return payload
}
