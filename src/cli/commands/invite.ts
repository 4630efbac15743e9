import type { Command } from 'commander'
import type { InvitationView, NewInvitationView, PartnerView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { duration, oneOf } from '../parse.ts'
import { table } from '../table.ts'

const roles = ['partner', 'supplier', 'buyer'] as const

interface InviteOptions {
  readonly phone?: boolean
  readonly valid?: number
  readonly auto?: boolean
  readonly role?: (typeof roles)[number]
  readonly note?: string
  /** commander: false for --no-qr */
  readonly qr: boolean
}

export function inviteCommand(frame: Frame, program: Command): void {
  const { invite: texts } = frame.texts
  const invite = subcommand(frame, program, 'invite', texts)
  const create = subcommand(frame, invite, 'create', texts.create, { isDefault: true })
    .option('--phone', texts.phone)
    .option('--valid <duration>', texts.valid, duration)
    .option('--auto', texts.auto)
    .option('--role <role>', texts.role, oneOf(roles))
    .option('--note <text>', texts.note)
    .option('--no-qr', texts.noQr)
  act(frame, create, createInvitation)
  act(frame, subcommand(frame, invite, 'list', texts.list), listInvitations)
  const revoke = subcommand(frame, invite, 'revoke', texts.revoke).argument('<id>', texts.id)
  act(frame, revoke, revokeInvitation)
  const confirm = subcommand(frame, invite, 'confirm', texts.confirm)
    .argument('[id]', texts.idOptional)
    .option('--yes', texts.yes)
  act(frame, confirm, confirmInvitation)
  const decline = subcommand(frame, invite, 'decline', texts.decline).argument('<id>', texts.id)
  act(frame, decline, declineInvitation)
}

async function createInvitation(context: Context, options: InviteOptions): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const invitation = await client.post<NewInvitationView>('/invitations', {
    form: options.phone ? 'phone' : 'link',
    auto: options.auto ?? false,
    ...(options.valid !== undefined && { validSeconds: options.valid }),
    ...(options.role !== undefined && { role: options.role }),
    ...(options.note !== undefined && { note: options.note }),
  })
  const shown = invitation.link ?? invitation.code
  const qr = invitation.link !== undefined && options.qr && process.stdout.isTTY === true
  const drawn = qr ? `${await drawQr(invitation.link ?? '')}\n` : ''
  output.result({ invitation }, () => {
    const until = format.dateTime(invitation.expiresAt)
    const head = invitation.form === 'phone' ? texts.invite.phoneMade(until) : texts.invite.linkMade(until)
    const next = invitation.auto ? texts.invite.nextAuto : texts.invite.nextConfirm
    const tail = invitation.meeting?.canMeet === false ? `${texts.invite.phoneLonely}\n\n${next}` : next
    return `${head}\n\n${drawn}${shown}\n\n${tail}`
  })
}

async function drawQr(link: string): Promise<string> {
  const { renderUnicodeCompact } = await import('uqr')
  return renderUnicodeCompact(link.toUpperCase(), { ecc: 'L' })
}

async function listInvitations(context: Context): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const { invitations } = await client.get<{ invitations: readonly InvitationView[] }>('/invitations')
  const words = texts.invite
  output.result({ invitations }, () =>
    invitations.length === 0
      ? words.none
      : table(invitations, [
          { head: words.columns.id, cell: ({ id }) => id },
          { head: words.columns.form, cell: ({ form }) => words.forms[form] },
          { head: words.columns.state, cell: ({ state }) => words.states[state] },
          { head: words.columns.who, cell: ({ claimedBy }) => claimedBy?.name ?? '', widthMax: 30 },
          { head: words.columns.until, cell: ({ expiresAt }) => format.dateTime(expiresAt) },
          { head: words.columns.note, cell: ({ note }) => note ?? '', widthMax: 30 },
        ]),
  )
}

async function revokeInvitation(context: Context, _options: object, id: string): Promise<void> {
  const client = await context.client()
  const invitation = await client.delete<InvitationView>(`/invitations/${encodeURIComponent(id)}`)
  context.output.result({ invitation }, () => context.texts.invite.revoked)
}

async function declineInvitation(context: Context, _options: object, id: string): Promise<void> {
  const client = await context.client()
  const invitation = await client.post<InvitationView>(`/invitations/${encodeURIComponent(id)}/decline`)
  context.output.result({ invitation }, () => context.texts.invite.declined)
}

async function confirmInvitation(
  context: Context,
  options: { readonly yes?: boolean },
  given: string | undefined,
): Promise<void> {
  const { texts, output, ask } = context
  const client = await context.client()
  const { invitations } = await client.get<{ invitations: readonly InvitationView[] }>('/invitations')
  const claimed = invitations.filter(({ state }) => state === 'claimed')
  const choices = claimed.map(({ id, claimedBy }) => ({
    value: id,
    label: `${claimedBy?.name} (${claimedBy?.merchant})`,
  }))
  if (given === undefined && choices.length === 0) {
    output.result({ invitations: [] }, () => texts.invite.nobody)
    return
  }
  const id = given ?? (choices.length === 1 ? choices[0]?.value : undefined)
  const chosen = id ?? (await ask.choose(texts.invite.which, 'ID', choices))
  const claim = claimed.find((invitation) => invitation.id === chosen)?.claimedBy
  if (claim !== undefined && !options.yes && ask.possible) {
    const question = texts.invite.confirmQuestion(claim.name, claim.merchant)
    if (!(await ask.confirm(question, '--yes'))) {
      output.note(texts.invite.notConfirmed)
      return
    }
  }
  const partner = await client.post<PartnerView>(`/invitations/${encodeURIComponent(chosen)}/confirm`)
  output.result({ partner }, () => texts.invite.confirmed(partner.name))
}
