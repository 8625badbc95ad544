import { dataOf } from '@attune/client/dist/answer.js'
import type { Schemas } from '@attune/client/dist/requests.js'
import { Command, Option } from 'commander'
import { Failure } from '../failure.ts'
import { type Input, parseYamlObject, sourceText, withoutLineEnd } from '../input.ts'
import type { JsonObject } from '../json.ts'
import type { Shell } from '../shell.ts'
import { webhookConfig } from './webhook.ts'

const presets = [
  'github',
  'gitlab',
  'stripe',
  'slack',
  'shopify',
  'pagerduty',
  'sentry',
  'standard_webhooks',
] as const

type Options = {
  preset?: (typeof presets)[number]
  file?: string
  secretFile?: string
  keepPreviousSecret?: boolean
  signature: boolean
  deliveryIdHeader?: string
  envelope?: 'auto' | 'always' | 'never'
}

type Shown = Schemas['ShownWebhookConfig']

/** `attune webhook configure TRIGGER_REF` */
export function webhookConfigure(shell: Shell): Command {
  return new Command('configure')
    .description('say what a webhook demands of its callers; what is not named stays')
    .argument('<trigger-ref>', 'trigger, like demo.deployed')
    .addOption(new Option('--preset <sender>', 'how a known sender signs').choices(presets))
    .option('--file <file>', 'the whole configuration as YAML or JSON, - for standard input')
    .option('--secret-file <file>', 'the secret that signs; - for standard input')
    .option('--keep-previous-secret', 'the secret before stays good beside the new one')
    .option('--no-keep-previous-secret', 'only the newest secret is good')
    .option('--no-signature', 'demand no signature, and forget the secret')
    .option('--delivery-id-header <name>', 'header that names a delivery, the same when it is sent again')
    .addOption(
      new Option('--envelope <when>', 'when {"payload": …} is taken for an envelope').choices([
        'auto',
        'always',
        'never',
      ]),
    )
    .action(async (ref: string, options: Options) => {
      const given = await givenBy(options, shell.terminal)
      const { client, out } = await shell.open()
      const params = { path: { ref } }
      const before = await dataOf(client.GET('/api/v1/triggers/{ref}/webhooks/config', { params }))
      const body = given.whole ?? changed(before, options)
      // oxlint-disable-next-line no-unsafe-type-assertion -- the server checks what a file says
      const config = withSecret(body, given.secret, options) as Schemas['WebhookConfig']
      out.item(
        await dataOf(client.PUT('/api/v1/triggers/{ref}/webhooks/config', { params, body: config })),
        webhookConfig(ref),
      )
    })
}

type Given = { whole: JsonObject | undefined; secret: string | undefined }

async function givenBy({ file, secretFile, preset, signature }: Options, input: Input): Promise<Given> {
  if (!signature && (preset !== undefined || secretFile !== undefined))
    throw new Failure('usage', 'Give either --no-signature, or --preset and --secret-file.')
  if (file !== undefined && preset !== undefined)
    throw new Failure('usage', 'A file says it all; give either --file or --preset.')
  if (file === '-' && secretFile === '-')
    throw new Failure('usage', 'Only one of --file and --secret-file can be standard input.')
  return {
    whole: file === undefined ? undefined : parseYamlObject(await sourceText(file, input), file),
    secret: secretFile === undefined ? undefined : withoutLineEnd(await sourceText(secretFile, input)),
  }
}

/** What there is, with what is named in its place; a preset is all there is to say about signatures. */
function changed(before: Shown, { preset, signature, deliveryIdHeader, envelope }: Options): JsonObject {
  const { problems: _, hmac, ...rest } = before
  const { has_secret: _has, has_previous_secret: _previous, ...signing } = hmac ?? { has_secret: false }
  const kept = hmac === undefined ? {} : { hmac: signing }
  const signed = preset === undefined ? kept : { hmac: { enabled: true, preset } }
  return {
    ...rest,
    ...(signature ? signed : {}),
    ...(deliveryIdHeader === undefined ? {} : { delivery_id_header: deliveryIdHeader }),
    ...(envelope === undefined ? {} : { envelope }),
  }
}

function withSecret(config: JsonObject, secret: string | undefined, options: Options): JsonObject {
  const { keepPreviousSecret: keep } = options
  if (secret === undefined && keep === undefined) return config
  const { hmac } = config
  if (typeof hmac !== 'object' || hmac === null || Array.isArray(hmac))
    throw new Failure(
      'usage',
      'The webhook demands no signature; say how calls are signed, with --preset or --file.',
    )
  const said = keep === undefined ? {} : { keep_previous_secret: keep }
  return { ...config, hmac: { ...hmac, ...(secret === undefined ? {} : { secret }), ...said } }
}
