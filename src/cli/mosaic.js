#!/usr/bin/env node
// The launcher is plain JavaScript that an old Node can read. Mosaic needs Node 22.18 or newer, which runs
// TypeScript as it is; `npm ci` brings one along as a platform package, so that any machine with npm will do.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 22 || (major === 22 && minor >= 18)) {
  const module = await import('node:module')
  module.enableCompileCache()
  await import('./main.ts')
} else {
  runWith(ownNode())
}

/** The Node that came with the packages, or undefined. */
function ownNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return undefined
  }
}

/** Runs this file again under another Node, as if that one had been called in the first place. */
function runWith(node) {
  if (node === undefined) {
    process.stderr.write(
      `Mosaic needs Node 22.18 or newer; this is ${process.version}. Run "npm ci" in the folder of Mosaic, or install a newer Node.\n`,
    )
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`Mosaic could not start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}
