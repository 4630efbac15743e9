import type { Command } from 'commander'
import type { PartnerView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'
import { whileWaiting } from '../output.ts'
import { duration } from '../parse.ts'

interface JoinOptions {
  readonly wait?: number
}

export function joinCommand(frame: Frame, program: Command): void {
  const { join: texts } = frame.texts
  const command = subcommand(frame, program, 'join', texts)
    .argument('[code...]', texts.code)
    .option('--wait <duration>', texts.wait, duration)
  act(frame, command, join)
}

async function join(context: Context, options: JoinOptions, given: string): Promise<void> {
  const { texts, output, ask } = context
  const client = await context.client()
  const code = given === '' ? await ask.text(texts.join.question, 'CODE') : given
  const partner = await whileWaiting(
    output,
    texts.join.looking,
    client.run<{ step: string }, PartnerView>(
      '/partners/join',
      { body: { code, waitSeconds: options.wait ?? 0 } },
      ({ step }) => output.progress(texts.join.steps[step as keyof typeof texts.join.steps] ?? step),
    ),
  )
  output.result({ partner }, () =>
    partner.state === 'partner' ? texts.join.done(partner.name) : texts.join.waiting(partner.name),
  )
}
