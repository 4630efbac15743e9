import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHost } from '../../src/network/host.ts'
import { syncProtocol } from '../../src/network/sync-driver.ts'
import { openDatabase } from '../../src/store/database.ts'
import { nodePrimitives as primitives } from '../../src/store/primitives.ts'
import type { Repo } from '../../src/store/repo.ts'
import { RepoStore } from '../../src/store/repo-store.ts'
import { random } from '../bench/offers.ts'
import { keyLogOf, offerEntry } from '../sync/merchant.ts'
import { driverOver } from './driver.ts'

/** Kills of each kind. MOSAIC_KILLS raises them; MOSAIC_SEED replays a run. */
const kills = Number(process.env.MOSAIC_KILLS ?? 25)
const seed = Number(process.env.MOSAIC_SEED ?? Math.floor(Math.random() * 2 ** 31))
const { keyLog, seed: signingSeed } = keyLogOf('anna')

let directory: string
const children = new Set<ChildProcess>()
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mosaic-kill-'))
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

/** Runs a child until it has opened its store and a random time more, then kills it. @returns the lines that it wrote */
async function runAndKill(file: string, args: string[], aliveMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  let written = ''
  const opened = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      written += chunk
      if (written.includes('open\n')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`the child ended by itself with ${code}`)))
  })
  await opened
  child.removeAllListeners('exit')
  const exited = new Promise((resolve) => child.once('close', resolve))
  await pause(aliveMs)
  expect(child.exitCode, 'the child ended by itself').toBeNull()
  child.kill('SIGKILL')
  await exited
  children.delete(child)
  // A line may be cut off by the kill.
  return written
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== 'open')
}

async function inStore<T>(path: string, look: (repo: Repo) => Promise<T> | T): Promise<T> {
  const database = await openDatabase(path)
  try {
    return await look(await new RepoStore(database, primitives).repo(keyLog.merchant, 'public'))
  } finally {
    await database.close()
  }
}

const revOf = (line: string | undefined): number => Number(line?.split(' ')[0] ?? 0)

test(`an author that is killed ${kills} times loses no commit that was acknowledged (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const next = random(seed)
  let acknowledged = 0
  for (let kill = 0; kill < kills; kill++) {
    const lines = await runAndKill('author.child.ts', [directory, String(seed + kill)], next() * 250)
    const digests = new Map(lines.map((line) => line.split(' ') as [string, string]))
    acknowledged = Math.max(acknowledged, revOf(lines.at(-1)))
    await inStore(directory, async (repo) => {
      expect(await repo.check()).toEqual([])
      const rev = repo.head?.commit.rev ?? 0
      expect(rev).toBeGreaterThanOrEqual(acknowledged)
      for await (const { commit, digest } of repo.log()) {
        const said = digests.get(String(commit.rev))
        if (said !== undefined) expect(digest).toBe(said)
        if (commit.rev < rev - 50) break
      }
    })
  }
  expect(acknowledged).toBeGreaterThan(kills)
})

test(`a replica that is killed ${kills} times goes on where it was, and ends with the author's root (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const next = random(seed ^ 0x5a5a)
  const whole = (below: number): number => Math.floor(next() * below)
  const [annas, berts] = [join(directory, 'anna'), join(directory, 'bert')]
  const database = await openDatabase(annas)
  const store = new RepoStore(database, primitives)
  const repo = await store.repo(keyLog.merchant, 'public')
  const commit = (changes: ReadonlyMap<string, string | undefined>) =>
    repo.commit(changes, { signer: { seed: signingSeed }, keyEvent: keyLog.head.digest, time: 1_767_225_600 })
  await commit(new Map(Array.from({ length: 20_000 }, (_, n) => offerEntry(n))))
  const driver = driverOver(store, keyLog)
  store.onChange(({ merchant, repo: name, head }) =>
    driver.changed({ merchant, repo: name, rev: head.commit.rev, head: head.digest }),
  )
  const host = await createHost({ nodeSeed: primitives.sha256('anna'), listen: ['/ip4/127.0.0.1/tcp/0'] })
  await host.handleStream(syncProtocol, (stream) => driver.attach(keyLogOf('bert').keyLog.merchant, stream))
  const address = host.addresses()[0] as string
  let committing = true
  const commits = (async () => {
    while (committing) {
      const [count, from] = [whole(10) === 0 ? 2000 : 1 + whole(20), whole(20_000)]
      await commit(
        new Map(Array.from({ length: count }, (_, n) => offerEntry((from + n) % 21_000, whole(1_000_000)))),
      )
      await pause(whole(30))
    }
  })()
  let visible = 0
  for (let kill = 0; kill < kills; kill++) {
    const lines = await runAndKill('replica.child.ts', [berts, address], 20 + next() * 300)
    visible = Math.max(visible, revOf(lines.at(-1)))
    await inStore(berts, async (replica) => {
      expect(await replica.check()).toEqual([])
      expect(replica.head?.commit.rev ?? 0).toBeGreaterThanOrEqual(visible)
    })
  }
  committing = false
  await commits
  expect(visible).toBeGreaterThan(1)
  for (let rev = 0; rev !== repo.head?.commit.rev; ) {
    await runAndKill('replica.child.ts', [berts, address], 500)
    rev = await inStore(berts, (replica) => replica.head?.commit.rev ?? 0)
  }
  await inStore(berts, async (replica) => {
    expect(replica.head?.digest).toBe(repo.head?.digest)
    expect(await replica.check()).toEqual([])
  })
  await host.stop()
  await database.close()
})
