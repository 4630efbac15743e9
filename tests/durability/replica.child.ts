/** A replica that follows an author's node until it is killed. Says each rev that became visible: `<rev> <digest>`. */
import { writeSync } from 'node:fs'
import { createHost } from '../../src/network/host.ts'
import { syncProtocol } from '../../src/network/sync-driver.ts'
import { openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { keyLogOf } from '../sync/merchant.ts'
import { driverOver } from './driver.ts'

const [directory = '', address = ''] = process.argv.slice(2)
const { merchant } = keyLogOf('anna').keyLog
const store = new RepoStore(await openDatabase(directory), primitives)
const driver = driverOver(store)
store.onChange(({ head }) => writeSync(1, `${head.commit.rev} ${head.digest}\n`))
const host = await createHost({ nodeSeed: primitives.sha256(directory), listen: [] })
driver.attach(merchant, await host.openStream(await host.dial(address), syncProtocol))
driver.follow(merchant, 'public')
writeSync(1, 'open\n')
