/** An author that commits, small and large, and folds, until it is killed. Says what was acknowledged: `<rev> <digest>`. */
import { writeSync } from 'node:fs'
import { openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { random } from '../bench/offers.ts'
import { keyLogOf, offerEntry } from '../sync/merchant.ts'

const [directory = '', seedText = '1'] = process.argv.slice(2)
const next = random(Number(seedText))
const whole = (below: number): number => Math.floor(next() * below)
const { keyLog, seed } = keyLogOf('anna')
const store = new RepoStore(await openDatabase(directory), primitives)
const repo = await store.repo(keyLog.merchant, 'public')
writeSync(1, 'open\n')

for (;;) {
  const changes = new Map<string, string | undefined>()
  const isBulk = whole(6) === 0
  const from = whole(6000)
  for (let n = 0; n < (isBulk ? 3000 : 1 + whole(40)); n++) {
    const [key, value] = offerEntry(isBulk ? from + n : whole(9000), whole(1_000_000))
    changes.set(key, whole(9) === 0 ? undefined : value)
  }
  if (whole(8) === 0) repo.fold().catch(() => {})
  const head = await repo.commit(changes, {
    signer: { seed },
    keyEvent: keyLog.head.digest,
    time: 1_767_225_600,
  })
  if (head !== undefined) writeSync(1, `${head.commit.rev} ${head.digest}\n`)
}
