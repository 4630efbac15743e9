import { readEnvironment } from '../node/config.ts'
import { createOutput } from './output.ts'
import { presentError } from './present-error.ts'
import { buildProgram } from './program.ts'
import { chooseLanguage, textsOf } from './texts/texts.ts'

// Reading the first lines only (`mosaic offers | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const exitCode = await run(process.argv.slice(2))
// A command that answered in full may still have found a fault, and said so by the exit code.
process.exitCode ??= exitCode

/** @returns the exit code: 0 done, 1 failed, 2 called wrongly */
async function run(argv: readonly string[]): Promise<0 | 1 | 2> {
  const json = argv.includes('--json')
  let texts = textsOf('en')
  try {
    const environment = readEnvironment()
    const language = chooseLanguage(argv, environment.locale)
    texts = textsOf(language)
    await buildProgram({ texts, language, environment }).parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    return presentError(error, texts, createOutput(json))
  }
}
