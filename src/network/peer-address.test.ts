import { expect, test } from 'vitest'
import { withPeerId } from './peer-address.ts'

const anna = '12D3KooWLpFw65fg5YG7HcVv1sewBdVkUKMHdToxKpTAhZxsXSCK'
const bert = '12D3KooWSvc3StcHTQVXywuaC2MTkjJozgX7qJube9EYK4C7T8ih'

test('every address ends in the peer id that it was named for', () => {
  expect(withPeerId(['/ip4/192.0.2.7/tcp/1', `/ip4/192.0.2.7/tcp/1/p2p/${anna}`], anna)).toEqual([
    `/ip4/192.0.2.7/tcp/1/p2p/${anna}`,
    `/ip4/192.0.2.7/tcp/1/p2p/${anna}`,
  ])
})

test('an address over a relay gets the peer id behind the relay’s', () => {
  expect(withPeerId([`/ip4/192.0.2.7/tcp/1/p2p/${bert}/p2p-circuit`], anna)).toEqual([
    `/ip4/192.0.2.7/tcp/1/p2p/${bert}/p2p-circuit/p2p/${anna}`,
  ])
})

test('what names another node, or nothing, is left out', () => {
  expect(
    withPeerId([`/ip4/192.0.2.7/tcp/1/p2p/${bert}`, 'x', '', '/', '/ip4/999.0.2.7/tcp/1'], anna),
  ).toEqual([])
})
