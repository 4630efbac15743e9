import { expect, test } from 'vitest'
import { canonicalText, type JsonObject } from '../../src/core/signature/canonical.ts'
import { signStatement } from '../../src/core/signature/proof.ts'
import { messageProtocol } from '../../src/network/message-frame.ts'
import { grantsOfPartnerMax } from '../../src/node/grants.ts'
import type { PartnerView } from '../../src/node/views.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { until } from '../network/merchants.ts'
import { becomePartners, open, peer, realNode } from './real-node.ts'

// Spec: protocol/records/grant.md. A partner that grants without end.

test('a partner cannot make the node keep more grants than there may be assortments', async () => {
  await using vera = await realNode('Vera')
  await using mallory = await peer('mallory')
  const session = await becomePartners(mallory, vera)
  const stream = await open(mallory, session, messageProtocol)
  const answers: string[] = []
  stream.onFrame((frame) => void answers.push(Buffer.from(frame).toString()))
  const { time, keyLog, signingSeed } = mallory.self
  const grants = grantsOfPartnerMax + 3
  for (let n = 0; n < grants; n++) {
    const body: JsonObject = {
      ...{ type: 'mosaic/grant', v: 1, from: mallory.merchant, to: vera.merchant, generation: 1, seq: 0 },
      ...{ time, assortment: `assortment/a${n}`, keyEvent: keyLog.current.digest, state: 'granted' },
      ...{ leaseUntil: time + 600_000, licence: { texts: 'none', images: 'none' }, channels: [] },
      neutralDelivery: false,
    }
    const signed = signStatement(nodePrimitives, body, { seed: signingSeed })
    await stream.send(Buffer.from(canonicalText(signed as unknown as JsonObject)))
  }
  await until(() => answers.length === grants)
  const refused = answers.filter((answer) => answer.includes('grantsOfPartnerMax'))
  expect(refused).toHaveLength(3)
  const { grantsReceived } = await vera.api.get<PartnerView>('/partners/mallory')
  expect(grantsReceived).toHaveLength(grantsOfPartnerMax)
})
