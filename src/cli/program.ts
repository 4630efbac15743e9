import { Command } from 'commander'
import { version } from '../node/version.ts'
import { assortmentsCommand } from './commands/assortments.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand } from './commands/backup.ts'
import { catalogCommand } from './commands/catalog.ts'
import { checkCommand } from './commands/check.ts'
import { identityCommand } from './commands/identity.ts'
import { initCommand } from './commands/init.ts'
import { inviteCommand } from './commands/invite.ts'
import { joinCommand } from './commands/join.ts'
import { offersCommand } from './commands/offers.ts'
import { partnersCommand } from './commands/partners.ts'
import { repoCommand } from './commands/repo.ts'
import { restoreCommand } from './commands/restore.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { trustCommand } from './commands/trust.ts'
import { dress, type Frame } from './frame.ts'

/** The whole command line, in the words of one language. */
export function buildProgram(frame: Frame): Command {
  const { program: texts } = frame.texts
  const program = new Command('mosaic')
    .description(texts.description)
    .option('--data <dir>', texts.data)
    .option('--json', texts.json)
    .option('--lang <language>', texts.lang)
    .version(version, '-V, --version', texts.version)
  dress(frame, program, [])
  program.addHelpText('after', `\n${texts.firstSteps}`)
  // In the order in which a merchant needs them.
  initCommand(frame, program)
  startCommand(frame, program)
  statusCommand(frame, program)
  catalogCommand(frame, program)
  inviteCommand(frame, program)
  joinCommand(frame, program)
  partnersCommand(frame, program)
  assortmentsCommand(frame, program)
  offersCommand(frame, program)
  trustCommand(frame, program)
  auditCommand(frame, program)
  identityCommand(frame, program)
  repoCommand(frame, program)
  backupCommand(frame, program)
  restoreCommand(frame, program)
  checkCommand(frame, program)
  return program
}
