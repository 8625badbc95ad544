import { type Static, Type } from 'typebox'
import { anyJson, nullable, oneOf } from '../../../database/row.ts'
import { ownerTypes } from './key.ts'

const closed = { additionalProperties: false } as const
const name = Type.String({ minLength: 1, maxLength: 255 })
/** Null is the same as not given. */
const ownerId = Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })))
const ownerRef = Type.Optional(nullable(Type.String({ maxLength: 255 })))

/** The body of a new key. */
export const CreateKey = Type.Object(
  {
    ref: Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: String.raw`^[^.A-Z]+(\.[^.A-Z]+)*$`,
      description: 'Lower case, with dots between its parts.',
    }),
    owner_type: oneOf(ownerTypes),
    owner: Type.Optional(
      nullable(
        Type.String({ maxLength: 255, description: 'Without effect: the fields below name the owner.' }),
      ),
    ),
    owner_identity: ownerId,
    owner_pack: ownerId,
    owner_pack_ref: ownerRef,
    owner_action: ownerId,
    owner_action_ref: ownerRef,
    owner_sensor: ownerId,
    owner_sensor_ref: ownerRef,
    name: Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Under this name actions and expressions find it; unique for its owner.',
    }),
    value: anyJson,
    encrypted: Type.Optional(Type.Boolean({ description: 'Default: true.' })),
  },
  { ...closed, title: 'CreateKey' },
)
export type CreateKey = Static<typeof CreateKey>

/** The body of a change; what is not given stays. */
export const UpdateKey = Type.Object(
  {
    name: Type.Optional(nullable(name)),
    value: Type.Optional(anyJson),
    encrypted: Type.Optional(
      nullable(Type.Boolean({ description: 'The value is encrypted or decrypted with it.' })),
    ),
  },
  { ...closed, title: 'UpdateKey' },
)
export type UpdateKey = Static<typeof UpdateKey>
