import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { RestoreView } from '../../node/views.ts'
import { act, type Context, type Frame, subcommand } from '../frame.ts'

export function restoreCommand(frame: Frame, program: Command): void {
  const { restore: texts } = frame.texts
  const command = subcommand(frame, program, 'restore', texts)
    .argument('[file]', texts.file)
    .option('--confirm', texts.confirm)
  act(frame, command, restore)
}

async function restore(
  context: Context,
  options: { readonly confirm?: boolean },
  file: string | undefined,
): Promise<void> {
  const { texts, output, dataFolder, format } = context
  if (options.confirm) {
    const client = await context.client()
    const state = await client.post<RestoreView>('/restore/confirm')
    output.result({ restore: state }, () => texts.restore.confirmed)
    return
  }
  const path = file ?? (await context.ask.text(texts.restore.question, 'FILE'))
  const { restoreBackup } = await import('../../node/restore.ts')
  const restored = await restoreBackup(resolve(path), dataFolder, (bytes) =>
    output.progress(texts.restore.progress(format.bytes(bytes))),
  )
  output.result({ ...restored, dataFolder }, () =>
    [texts.restore.done(restored.name, dataFolder), texts.restore.next].join('\n'),
  )
}
