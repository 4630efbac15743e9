/** Errors that libp2p throws outside of any call of ours, when connections break at a bad moment: js-libp2p#3415. */
const harmless = new Set([
  'AbortError',
  'ConnectionClosedError',
  'ConnectionClosingError',
  'MuxerClosedError',
  'StreamAbortedError',
  'StreamClosedError',
  'StreamResetError',
  'StreamStateError',
  'TimeoutError',
])
const libp2pPath = /node_modules[\\/](?:@libp2p|@chainsafe|libp2p)[\\/]/

/**
 * Keeps the process alive when libp2p lets go of an error of a connection. Any other error that nobody caught
 * ends the process as usual: its state is unknown, and the store is safe.
 * @param onError told of each that was let pass
 */
export function guardProcess(onError: (error: Error) => void): void {
  process.on('uncaughtException', (error) => {
    if (isOfLibp2p(error)) return onError(error)
    process.stderr.write(`${error.stack ?? error.message}\n`)
    process.exit(1)
  })
  process.on('unhandledRejection', (reason) => {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    if (isOfLibp2p(error)) return onError(error)
    throw error
  })
}

/** By its name, and by where it was thrown: not every TimeoutError is one of a connection. */
export function isOfLibp2p(error: unknown): boolean {
  return error instanceof Error && harmless.has(error.name) && libp2pPath.test(error.stack ?? '')
}
