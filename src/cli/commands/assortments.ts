import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { AssortmentPreviewView, AssortmentView, PartnerView } from '../../node/views.ts'
import { type DefinitionOptions, definitionOf, definitionOptions } from '../assortment-options.ts'
import { act, type Context, type Frame, several, subcommand } from '../frame.ts'
import { titleOf } from '../offer-text.ts'
import { collect } from '../parse.ts'
import { facts, table } from '../table.ts'
import { stockText } from './offers.ts'

interface CreateOptions extends DefinitionOptions {
  readonly to?: readonly string[]
  readonly replace?: boolean
}

export function assortmentsCommand(frame: Frame, program: Command): void {
  const { assortments: texts } = frame.texts
  const assortments = subcommand(frame, program, 'assortments', texts)
  act(frame, subcommand(frame, assortments, 'list', texts.list, { isDefault: true }), listAssortments)
  const create = subcommand(frame, assortments, 'create', texts.create).argument('<id>', texts.id)
  definitionOptions(frame, create)
    .option('--to <partner>', several(frame, texts.to), collect)
    .option('--replace', texts.replace)
  act(frame, create, createAssortment)
  const preview = subcommand(frame, assortments, 'preview', texts.preview).argument('[id]', texts.idOrFlags)
  act(frame, definitionOptions(frame, preview), previewAssortment)
  const release = subcommand(frame, assortments, 'release', texts.release)
    .alias('grant')
    .argument('<id>', texts.id)
    .argument('<partner>', texts.partner)
  act(frame, release, releaseAssortment)
  const revoke = subcommand(frame, assortments, 'revoke', texts.revoke)
    .argument('<id>', texts.id)
    .argument('<partner>', texts.partner)
  act(frame, revoke, revokeAssortment)
  act(frame, subcommand(frame, assortments, 'show', texts.show).argument('<id>', texts.id), showAssortment)
  const remove = subcommand(frame, assortments, 'delete', texts.delete)
    .argument('<id>', texts.id)
    .option('--yes', texts.yes)
  act(frame, remove, deleteAssortment)
}

const pathOf = (id: string): string => `/assortments/${encodeURIComponent(id)}`

async function listAssortments(context: Context): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const { assortments } = await client.get<{ assortments: readonly AssortmentView[] }>('/assortments')
  const words = texts.assortments
  output.result({ assortments }, () =>
    assortments.length === 0
      ? words.none
      : table(assortments, [
          { head: words.columns.id, cell: ({ id }) => id },
          { head: words.columns.title, cell: ({ title }) => title, widthMax: 40 },
          { head: words.columns.offers, cell: ({ offers }) => format.number(offers), align: 'right' },
          { head: words.columns.partners, cell: (assortment) => audience(context, assortment) },
        ]),
  )
}

function audience({ texts }: Context, { id, partners }: AssortmentView): string {
  return id === 'public' ? texts.assortments.everybody : partners.map(({ name }) => name).join(', ')
}

async function createAssortment(context: Context, options: CreateOptions, id: string): Promise<void> {
  const { texts, output, format } = context
  const { title, ...definition } = await definitionOf(options, { read: (path) => readFile(path, 'utf8') })
  const client = await context.client()
  const assortment = await client.post<AssortmentView>('/assortments', {
    id,
    title: title ?? id,
    ...definition,
    partners: options.to ?? [],
    replace: options.replace ?? false,
  })
  output.result({ assortment }, () => {
    const count = format.number(assortment.offers)
    const created = texts.assortments.created(id, count)
    if (id === 'public') return created
    return assortment.partners.length === 0
      ? `${created}\n${texts.assortments.nextRelease(id)}`
      : `${created}\n${texts.assortments.releasedTo(audience(context, assortment))}`
  })
}

async function previewAssortment(
  context: Context,
  options: DefinitionOptions,
  id: string | undefined,
): Promise<void> {
  const { texts, output, format, language } = context
  const flags = await definitionOf(options, { read: (path) => readFile(path, 'utf8') })
  const client = await context.client()
  const definition = id === undefined ? flags : (await client.get<AssortmentView>(pathOf(id))).definition
  const { rule, priceRule, stockRule } = definition
  const preview = await client.post<AssortmentPreviewView>('/assortments/preview', {
    rule,
    priceRule,
    stockRule,
  })
  const words = texts.assortments
  output.result({ preview }, () =>
    [
      words.previewCount(format.number(preview.included), format.number(preview.offers)),
      ...Object.entries(preview.excluded).map(
        ([reason, count]) =>
          `  ${words.exclusions[reason as keyof typeof words.exclusions]}: ${format.number(count)}`,
      ),
      words.previewStock(format.number(preview.outOfStock), format.number(preview.stockUnknown)),
      ...(preview.skusMissing.length > 0 ? [words.skusMissing(preview.skusMissing.join(', '))] : []),
      '',
      table(preview.examples, [
        { head: texts.offers.columns.sku, cell: ({ own }) => own.sku, widthMax: 20 },
        { head: texts.offers.columns.title, cell: ({ own }) => titleOf(own, language), widthMax: 40 },
        { head: words.ownPrice, cell: ({ own }) => format.price(own.price), align: 'right' },
        { head: words.shownPrice, cell: ({ shown }) => format.price(shown.price), align: 'right' },
        {
          head: texts.offers.columns.stock,
          cell: ({ shown }) => stockText(context, shown.stock),
          align: 'right',
        },
      ]),
    ].join('\n'),
  )
}

async function releaseAssortment(context: Context, _: object, id: string, partner: string): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const released = await client.post<{ grant: { expiresAt: string }; partner: PartnerView }>(
    `${pathOf(id)}/grants`,
    { partner },
  )
  output.result({ ...released }, () => {
    const { name, connected } = released.partner
    const until = format.dateTime(released.grant.expiresAt)
    return `${texts.assortments.released(id, name, until)}${connected ? '' : `\n${texts.assortments.later(name)}`}`
  })
}

async function revokeAssortment(context: Context, _: object, id: string, partner: string): Promise<void> {
  const { texts, output } = context
  const client = await context.client()
  const revoked = await client.delete<{ partner: PartnerView }>(
    `${pathOf(id)}/grants/${encodeURIComponent(partner)}`,
  )
  output.result({ ...revoked }, () => texts.assortments.revoked(id, revoked.partner.name))
}

async function showAssortment(context: Context, _: object, id: string): Promise<void> {
  const { texts, output, format } = context
  const client = await context.client()
  const assortment = await client.get<AssortmentView>(pathOf(id))
  const words = texts.assortments
  const { rule, priceRule, stockRule, terms } = assortment.definition
  output.result({ assortment }, () =>
    facts([
      [words.columns.id, assortment.id],
      [words.columns.title, assortment.title],
      [words.columns.offers, format.number(assortment.offers)],
      [words.rule, JSON.stringify(rule)],
      [words.priceRule, JSON.stringify(priceRule)],
      [words.stockRule, JSON.stringify(stockRule)],
      [words.terms, JSON.stringify(terms)],
      ...assortment.partners.map(({ name, expiresAt }): [string, string] => [
        words.columns.partners,
        words.until(name, format.dateTime(expiresAt)),
      ]),
    ]),
  )
}

async function deleteAssortment(
  context: Context,
  options: { readonly yes?: boolean },
  id: string,
): Promise<void> {
  const { texts, output, ask } = context
  const client = await context.client()
  if (!options.yes && !(await ask.confirm(texts.assortments.deleteQuestion(id), '--yes'))) {
    output.note(texts.errors.cancelled)
    return
  }
  await client.delete(pathOf(id))
  output.result({ deleted: id }, () => texts.assortments.deleted(id))
}
