/** Whether a text is what TLS will take; what is wrong with it is not said, as it may be a secret. */
import { createPrivateKey, X509Certificate } from 'node:crypto'

/** One that can be read is enough, as for Go's AppendCertsFromPEM. */
export function holdsCertificate(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.some((block) => succeeds(() => new X509Certificate(block)))
}

export function holdsPrivateKey(pem: string): boolean {
  return succeeds(() => createPrivateKey(pem))
}

function succeeds(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
