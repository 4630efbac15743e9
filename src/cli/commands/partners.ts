import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { GrantView, PartnerView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { facts, table } from '../table.ts'

export function partnersCommand(frame: Frame, program: Command): void {
  const { partners: texts } = frame.texts
  const partners = subcommand(frame, program, 'partners', texts)
  act(frame, subcommand(frame, partners, 'list', texts.list, { isDefault: true }), listPartners)
  const show = subcommand(frame, partners, 'show', texts.show)
    .argument('<partner>', texts.partner)
    .option('--key-log <file>', texts.keyLog)
  act(frame, show, showPartner)
  for (const change of ['pause', 'resume', 'end'] as const) {
    const command = subcommand(frame, partners, change, texts[change]).argument('<partner>', texts.partner)
    if (change === 'end') command.option('--yes', texts.yes)
    act(frame, command, (context, options: { readonly yes?: boolean }, partner) =>
      changePartner(context, change, partner ?? '', options.yes ?? false),
    )
  }
}

async function listPartners(context: Context): Promise<void> {
  const { texts, output } = context
  const client = await context.client()
  const { partners } = await client.get<{ partners: readonly PartnerView[] }>('/partners')
  const words = texts.partners
  output.result({ partners }, () =>
    partners.length === 0
      ? words.none
      : table(partners, [
          { head: words.columns.name, cell: ({ name }) => name, widthMax: 40 },
          { head: words.columns.state, cell: ({ state }) => words.states[state] },
          { head: words.columns.connected, cell: (partner) => connection(context, partner), widthMax: 60 },
          { head: words.columns.given, cell: ({ grantsGiven }) => assortmentsOf(grantsGiven) },
          { head: words.columns.received, cell: ({ grantsReceived }) => assortmentsOf(grantsReceived) },
          { head: words.columns.merchant, cell: ({ merchant }) => merchant },
        ]),
  )
}

function assortmentsOf(grants: readonly GrantView[]): string {
  return grants.map(({ assortment }) => assortment).join(', ')
}

function connection({ texts }: Context, { connected, problem }: PartnerView): string {
  return connected ? texts.partners.connectedYes : (problem ?? texts.partners.connectedNo)
}

async function showPartner(
  context: Context,
  options: { readonly keyLog?: string },
  given: string,
): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const path = `/partners/${encodeURIComponent(given)}`
  const partner = await client.get<PartnerView>(path)
  if (options.keyLog !== undefined) {
    const { keyLog } = await client.get<{ keyLog: readonly string[] }>(`${path}/key-log`)
    await writeFile(options.keyLog, `${keyLog.join('\n')}\n`, { flag: 'wx' })
  }
  const words = texts.partners
  const grants = (list: readonly GrantView[]): string | undefined =>
    list.length === 0
      ? undefined
      : list.map((grant) => words.grant(grant.assortment, format.dateTime(grant.expiresAt))).join('; ')
  output.result({ partner }, () =>
    facts([
      [words.columns.name, partner.name],
      [words.columns.merchant, partner.merchant],
      [words.columns.state, words.states[partner.state]],
      [words.columns.connected, connection(context, partner)],
      [words.since, format.dateTime(partner.since)],
      [words.invitedBy, words.who[partner.invitedBy]],
      [words.lastSeen, partner.lastSeenAt && format.dateTime(partner.lastSeenAt)],
      [words.addresses, partner.addresses.join(' ')],
      [words.columns.given, grants(partner.grantsGiven)],
      [words.columns.received, grants(partner.grantsReceived)],
    ]),
  )
}

async function changePartner(
  context: Context,
  change: 'pause' | 'resume' | 'end',
  given: string,
  yes: boolean,
): Promise<void> {
  const { texts, output, ask } = context
  const client = await context.client()
  const path = `/partners/${encodeURIComponent(given)}`
  if (change === 'end' && !yes) {
    const { name } = await client.get<PartnerView>(path)
    if (!(await ask.confirm(texts.partners.endQuestion(name), '--yes'))) {
      output.note(texts.errors.cancelled)
      return
    }
  }
  const partner = await client.post<PartnerView>(`${path}/${change}`)
  output.result({ partner }, () => texts.partners.changed[change](partner.name))
}
