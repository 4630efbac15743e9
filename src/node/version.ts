import packageFile from '../../package.json' with { type: 'json' }

/** Of this software, not of the protocol. */
export const version: string = packageFile.version
