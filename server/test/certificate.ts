import { generateKeyPairSync, sign } from 'node:crypto'
import { Ber, BerWriter } from 'ldapts'

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const SUBJECT_ALT_NAME = '2.5.29.17'
const DAY_MS = 86_400_000

/** A certificate for 127.0.0.1 that signs itself, and its key, both PEM. */
export function selfSigned(): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = toBeSigned(publicKey.export({ type: 'spki', format: 'der' }))
  const whole = sequence((writer) => {
    embed(writer, body)
    algorithm(writer)
    bitString(writer, sign('sha256', body, privateKey))
  })
  const cert = `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function toBeSigned(publicKey: Buffer): Buffer {
  return sequence((writer) => {
    writer.startSequence(Ber.Context | Ber.Constructor)
    writer.writeInt(2)
    writer.endSequence()
    writer.writeInt(1)
    algorithm(writer)
    name(writer)
    writer.startSequence()
    for (const day of [-1, 1]) writer.writeString(utcTime(Date.now() + day * DAY_MS), Ber.UTCTime)
    writer.endSequence()
    name(writer)
    embed(writer, publicKey)
    extensions(writer)
  })
}

function sequence(fill: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  fill(writer)
  writer.endSequence()
  return writer.buffer
}

function algorithm(writer: BerWriter): void {
  writer.startSequence()
  writer.writeOID(ECDSA_WITH_SHA256)
  writer.endSequence()
}

function name(writer: BerWriter): void {
  writer.startSequence()
  writer.startSequence(Ber.Set | Ber.Constructor)
  writer.startSequence()
  writer.writeOID(COMMON_NAME)
  writer.writeString('127.0.0.1', Ber.Utf8String)
  writer.endSequence()
  writer.endSequence()
  writer.endSequence()
}

function extensions(writer: BerWriter): void {
  const IP_ADDRESS = 7
  const names = sequence((inner) => inner.writeBuffer(Buffer.from([127, 0, 0, 1]), Ber.Context | IP_ADDRESS))
  writer.startSequence(Ber.Context | Ber.Constructor | 3)
  writer.startSequence()
  writer.startSequence()
  writer.writeOID(SUBJECT_ALT_NAME)
  writer.writeBuffer(names, Ber.OctetString)
  writer.endSequence()
  writer.endSequence()
  writer.endSequence()
}

function bitString(writer: BerWriter, content: Buffer): void {
  writer.writeBuffer(Buffer.concat([Buffer.from([0]), content]), Ber.BitString)
}

/** Something that is encoded already. */
function embed(writer: BerWriter, encoded: Buffer): void {
  for (const byte of encoded) writer.writeByte(byte)
}

function utcTime(at: number): string {
  return new Date(at).toISOString().replaceAll(/^..|[-:T]|\.\d+/g, '')
}
