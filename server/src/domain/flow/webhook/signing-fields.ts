import { type Static, Type } from 'typebox'
import { oneOf } from '../../../database/row.ts'
import { algorithms, encodings } from './signature.ts'

/* How the calls of a webhook are signed, field by field. */

export const headerName = Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" })

const mark = (description: string) => Type.Optional(Type.String({ maxLength: 50, description }))
const header = (description: string) => Type.Optional({ ...headerName, description })

export const signingFields = {
  scheme: Type.Optional({
    ...oneOf(['hmac', 'token']),
    description: 'Signed with the secret, or the secret itself in a header. Default: hmac.',
  }),
  header: header('Where the signature stands. Default: X-Webhook-Signature, else X-Hub-Signature-256.'),
  encoding: Type.Optional({ ...oneOf(encodings), description: 'Of the signature. Default: hex.' }),
  prefix: mark('Before each signature. Default: the name of the algorithm and =, or nothing.'),
  separator: Type.Optional({
    ...oneOf([',', ' ']),
    description: 'Between several signatures in the header.',
  }),
  timestamp_header: header('Where the time stands that is signed.'),
  timestamp_prefix: mark('What the time begins with, where it stands in the header of the signature.'),
  id_header: header('Where the id stands that is signed.'),
  signed_content: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'What is signed, with {body}, {timestamp} and {id} in it. Default: {body}.',
    }),
  ),
  tolerance_seconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 86_400,
      description: 'By which a time that is signed may be off. Default: 300.',
    }),
  ),
  secret_encoding: Type.Optional({
    ...oneOf(['text', 'base64']),
    description: 'How the secret is written; base64 may begin with whsec_. Default: text.',
  }),
} as const

const SigningSettings = Type.Object({ algorithm: Type.Optional(oneOf(algorithms)), ...signingFields })
export type SigningSettings = Static<typeof SigningSettings>
