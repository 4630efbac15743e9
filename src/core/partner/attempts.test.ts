import { expect, test } from 'vitest'
import {
  attemptsPerNetworkMax,
  attemptsPerPeerMax,
  attemptsWindowSeconds,
  PairingAttempts,
} from './attempts.ts'

test('a peer waits after its last allowed failure until the first of them is old', () => {
  const attempts = new PairingAttempts()
  for (let at = 0; at < attemptsPerPeerMax; at++) {
    expect(attempts.waitSeconds('peer', '192.0.2.1', at)).toBe(0)
    attempts.failed('peer', '192.0.2.1', at)
  }
  expect(attempts.waitSeconds('peer', '192.0.2.1', 10)).toBe(attemptsWindowSeconds - 10)
  expect(attempts.waitSeconds('peer', '198.51.100.7', 10)).toBe(attemptsWindowSeconds - 10)
  expect(attempts.waitSeconds('other', '192.0.2.1', 10)).toBe(0)
  expect(attempts.waitSeconds('peer', '192.0.2.1', attemptsWindowSeconds)).toBe(0)
})

test('new peer ids do not help: the network counts, which is a /64 in IPv6', () => {
  const attempts = new PairingAttempts()
  for (let n = 0; n < attemptsPerNetworkMax; n++) attempts.failed(`peer ${n}`, `2001:DB8::${n + 1}`, 0)
  expect(attempts.waitSeconds('new', '2001:db8:0:0:ffff::1', 0)).toBe(attemptsWindowSeconds)
  expect(attempts.waitSeconds('new', '2001:0db8::%eth0', 0)).toBe(attemptsWindowSeconds)
  expect(attempts.waitSeconds('new', '2001:db8:0:1::1', 0)).toBe(0)
  for (let n = 0; n < attemptsPerNetworkMax; n++) attempts.failed(`peer ${n}`, '::ffff:192.0.2.1', 0)
  expect(attempts.waitSeconds('new', '192.0.2.1', 0)).toBe(attemptsWindowSeconds)
  expect(attempts.waitSeconds('new', '192.0.2.2', 0)).toBe(0)
})

test('remembers who fails now, whoever else failed: memory is bounded', () => {
  const attempts = new PairingAttempts()
  for (let n = 0; n < 30_000; n++) {
    attempts.failed(`peer ${n}`, '192.0.2.1', 0)
  }
  expect(attempts.waitSeconds('anybody', '192.0.2.1', 0)).toBe(attemptsWindowSeconds)
  for (let n = 0; n < attemptsPerPeerMax; n++) attempts.failed('last', '192.0.2.9', 0)
  expect(attempts.waitSeconds('last', '192.0.2.9', 0)).toBe(attemptsWindowSeconds)
})
