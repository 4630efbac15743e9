// Runs in a network namespace whose only interface is loopback, see lan.test.ts. Prints one line of JSON.
import { seedOf } from './merchants.ts'
import { Party } from './party.ts'

const topic = seedOf('topic')
const anna = await Party.start('anna', { mdns: true })
const keys = anna.invite('phone', { form: 'phone', auto: true })
const alone = await anna.network.rendezvous.announce(topic) // nobody is there yet: told after the LAN's time
const carl = await Party.start('carl', { mdns: true }) // another node in the LAN, without the code
const bert = await Party.start('bert', { mdns: true })
const met = await bert.network.rendezvous.meet(topic, (session) => bert.network.pairing.join(session, keys))
process.stdout.write(
  `${JSON.stringify({
    alone,
    now: anna.network.rendezvous.prospects(),
    met: met.end === 'met' ? { merchant: met.session.merchant, join: met.join } : met,
    inviter: anna.merchant,
    state: bert.stateTo(anna),
    carlDialled: carl.network.host.connections().filter(({ direction }) => direction === 'outbound').length,
  })}\n`,
)
for (const party of [anna, bert, carl]) await party[Symbol.asyncDispose]()
