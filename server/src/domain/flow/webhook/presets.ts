import type { SigningSettings } from './signing-fields.ts'

export const presetNames = [
  'github',
  'gitlab',
  'stripe',
  'slack',
  'shopify',
  'pagerduty',
  'sentry',
  'standard_webhooks',
] as const
export type PresetName = (typeof presetNames)[number]

/** How a sender signs, and which header names a delivery, the same when it is sent again. */
type Preset = { signing: SigningSettings; delivery_id_header?: string }

/** As each sender documents it; `docs/webhooks.md` shows them. What a configuration says itself goes before. */
export const presets = {
  github: {
    signing: { algorithm: 'sha256', header: 'x-hub-signature-256', prefix: 'sha256=' },
    delivery_id_header: 'x-github-delivery',
  },
  gitlab: {
    signing: { scheme: 'token', header: 'x-gitlab-token' },
    delivery_id_header: 'idempotency-key',
  },
  stripe: {
    signing: {
      algorithm: 'sha256',
      header: 'stripe-signature',
      separator: ',',
      prefix: 'v1=',
      timestamp_prefix: 't=',
      signed_content: '{timestamp}.{body}',
    },
  },
  slack: {
    signing: {
      algorithm: 'sha256',
      header: 'x-slack-signature',
      prefix: 'v0=',
      timestamp_header: 'x-slack-request-timestamp',
      signed_content: 'v0:{timestamp}:{body}',
    },
  },
  shopify: {
    signing: { algorithm: 'sha256', header: 'x-shopify-hmac-sha256', encoding: 'base64', prefix: '' },
    delivery_id_header: 'x-shopify-webhook-id',
  },
  pagerduty: {
    signing: { algorithm: 'sha256', header: 'x-pagerduty-signature', separator: ',', prefix: 'v1=' },
  },
  sentry: {
    signing: { algorithm: 'sha256', header: 'sentry-hook-signature', prefix: '' },
    delivery_id_header: 'request-id',
  },
  standard_webhooks: {
    signing: {
      algorithm: 'sha256',
      header: 'webhook-signature',
      encoding: 'base64',
      separator: ' ',
      prefix: 'v1,',
      id_header: 'webhook-id',
      timestamp_header: 'webhook-timestamp',
      signed_content: '{id}.{timestamp}.{body}',
      secret_encoding: 'base64',
    },
    delivery_id_header: 'webhook-id',
  },
} as const satisfies Record<PresetName, Preset>

export function presetOf(name: PresetName | undefined): Preset | undefined {
  return name === undefined ? undefined : presets[name]
}
