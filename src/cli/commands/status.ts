import type { Command } from 'commander'
import type { StatusView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { facts } from '../table.ts'

export function statusCommand(frame: Frame, program: Command): void {
  act(frame, subcommand(frame, program, 'status', frame.texts.status), showStatus)
}

async function showStatus(context: Context): Promise<void> {
  const client = await context.client()
  const status = await client.get<StatusView>('/status')
  context.output.result({ ...status, url: client.url }, () => statusText(context, status))
}

function statusText({ texts, format }: Context, status: StatusView): string {
  const words = texts.status
  const { partners, invitations } = status
  const lines = facts([
    [words.name, status.name],
    [words.merchant, status.merchant],
    [words.running, format.dateTime(status.startedAt)],
    [words.addresses, status.addresses[0]],
    ...status.addresses.slice(1).map((address): [string, string] => ['', address]),
    [words.products, format.number(status.products)],
    [words.assortments, format.number(status.assortments)],
    [words.partners, words.partnersCount(format.number(partners.total), format.number(partners.connected))],
    [words.offers, format.number(status.offers)],
    [words.invitations, words.invitationsCount(invitations.open, invitations.claimed)],
  ])
  const warnings = status.warnings.map(({ code, message, params }) => {
    const said: Readonly<Record<string, ((params: Readonly<Record<string, string>>) => string) | undefined>> =
      texts.codes
    return `! ${said[code]?.(params) ?? message}`
  })
  return [lines, ...warnings].join('\n')
}
