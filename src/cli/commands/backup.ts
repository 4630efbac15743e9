import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { act, type Context, type Frame, subcommand } from '../frame.ts'

export function backupCommand(frame: Frame, program: Command): void {
  const { backup: texts } = frame.texts
  const command = subcommand(frame, program, 'backup', texts)
    .argument('<file>', texts.file)
    .option('--replace', texts.replace)
  act(frame, command, backup)
}

async function backup(
  context: Context,
  options: { readonly replace?: boolean },
  given: string,
): Promise<void> {
  const { texts, output, format } = context
  const file = resolve(given)
  const partial = `${file}.partial`
  const client = await context.client()
  // The name is taken at once, so that nothing is downloaded for nothing and nothing is overwritten.
  if (!options.replace) await (await open(file, 'wx', 0o600)).close()
  let bytes = 0
  try {
    const target = await open(partial, 'w', 0o600)
    try {
      for await (const chunk of await client.download('/backup')) {
        await target.write(chunk)
        bytes += chunk.byteLength
        output.progress(texts.backup.progress(format.bytes(bytes)))
      }
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    if (!options.replace) await rm(file, { force: true })
    throw error
  }
  output.result({ file, bytes }, () => texts.backup.done(file, format.bytes(bytes)))
}
