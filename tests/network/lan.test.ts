import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Multicast must not leave the machine: the nodes live in a network namespace of their own, with loopback alone. */
const namespace = 'ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo && exec "$@"'
const inNamespace = (...command: string[]) =>
  spawnSync('sh', ['-c', 'exec unshare --map-root-user --net sh -c "$0" sh "$@"', namespace, ...command], {
    encoding: 'utf8',
    timeout: 50_000,
  })

const isPossible = inNamespace('true').status === 0
if (!isPossible)
  process.stderr.write('lan.test.ts: no network namespaces on this machine, mDNS is not tested\n')

test.skipIf(!isPossible)('a phone code finds its inviter in the LAN by mDNS', () => {
  const child = new URL('lan.child.ts', import.meta.url).pathname
  const { stdout, stderr, status } = inNamespace(process.execPath, child)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({
    alone: { lan: 'nobody', dht: 'off', canMeet: false },
    now: { lan: 'somebody', dht: 'off', canMeet: true },
    met: { merchant: result.inviter, join: { end: 'partner' } },
    state: 'partner',
    carlDialled: 0, // who merely shows up is not dialled
  })
})
