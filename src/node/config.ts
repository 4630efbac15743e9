import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'

/** A libp2p address, e.g. `/ip4/0.0.0.0/tcp/4001`. libp2p checks the rest when it listens. */
const address = z.string().regex(/^\/[a-z0-9]+\//, 'must be a libp2p address such as /ip4/0.0.0.0/tcp/4001')
const port = z.coerce.number().int().min(0).max(65_535)
const addressesMax = 16

/** What a node is told from outside. Everything else is in its data folder. */
export const nodeConfig = z.strictObject({
  /** Absolute path; holds all that the node keeps. */
  dataFolder: z.string().min(1),
  /**
   * Where partners reach the node. Port 0 is chosen once and then kept, so that remembered addresses hold.
   * @default all IPv4 and IPv6 addresses, TCP and WebSocket
   */
  listen: z.array(address).min(1).max(addressesMax).optional(),
  /** Addresses told to others beside those found, e.g. of a router that forwards a port. */
  announce: z.array(address).max(addressesMax).default([]),
  /** Nodes to ask first when a partner is not where it was; partners serve too. */
  bootstrap: z.array(address).max(addressesMax).default([]),
  /** Whether to look for nodes in the local network (mDNS). */
  localDiscovery: z.boolean().default(true),
  /**
   * `client`: behind a router this node can be reached through a relay, named as `<address>/p2p-circuit` in
   * `listen`; `server`: it relays for others as well. Both look for direct ways through routers.
   */
  relay: z.enum(['off', 'client', 'server']).default('off'),
  /** The local API's port on 127.0.0.1; 0: any free one. */
  apiPort: port.default(0),
  /** Host names beside 127.0.0.1, ::1 and localhost under which the local API answers. */
  apiHosts: z.array(z.string().min(1).max(253)).max(addressesMax).default([]),
})
export type NodeConfig = z.output<typeof nodeConfig>
export type NodeConfigInput = z.input<typeof nodeConfig>

const commaSeparated = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().min(1)))

/** The environment variables that Mosaic knows. */
const environmentSchema = z.object({
  MOSAIC_DATA: z.string().min(1).optional(),
  MOSAIC_PASSPHRASE: z.string().min(1).optional(),
  MOSAIC_LISTEN: commaSeparated.optional(),
  MOSAIC_ANNOUNCE: commaSeparated.optional(),
  MOSAIC_BOOTSTRAP: commaSeparated.optional(),
  MOSAIC_API_PORT: port.optional(),
  MOSAIC_API_HOSTS: commaSeparated.optional(),
  MOSAIC_LOCAL_DISCOVERY: z.enum(['on', 'off']).optional(),
  MOSAIC_RELAY: z.enum(['off', 'client', 'server']).optional(),
  LC_ALL: z.string().optional(),
  LC_MESSAGES: z.string().optional(),
  LANG: z.string().optional(),
})

export interface Environment {
  /** `MOSAIC_DATA`, else `.mosaic` in the home folder. */
  readonly dataFolder: string
  readonly passphrase: string | undefined
  /** POSIX order: the first of LC_ALL, LC_MESSAGES, LANG that is set, e.g. `de_DE.UTF-8`. */
  readonly locale: string
  /** The settings of {@link nodeConfig} that are set, still unchecked. */
  readonly config: Partial<NodeConfigInput>
}

/**
 * Reads the environment; no other file does.
 * @throws {z.ZodError} if a variable has a value of the wrong form; its path is the variable's name
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  // An empty variable counts as not set, as is the custom of shells.
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const env = environmentSchema.parse(set)
  return {
    dataFolder: resolve(env.MOSAIC_DATA ?? join(homedir(), '.mosaic')),
    passphrase: env.MOSAIC_PASSPHRASE,
    locale: env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? 'C',
    config: {
      ...(env.MOSAIC_LISTEN && { listen: env.MOSAIC_LISTEN }),
      ...(env.MOSAIC_ANNOUNCE && { announce: env.MOSAIC_ANNOUNCE }),
      ...(env.MOSAIC_BOOTSTRAP && { bootstrap: env.MOSAIC_BOOTSTRAP }),
      ...(env.MOSAIC_RELAY && { relay: env.MOSAIC_RELAY }),
      ...(env.MOSAIC_API_PORT !== undefined && { apiPort: env.MOSAIC_API_PORT }),
      ...(env.MOSAIC_API_HOSTS && { apiHosts: env.MOSAIC_API_HOSTS }),
      ...(env.MOSAIC_LOCAL_DISCOVERY && { localDiscovery: env.MOSAIC_LOCAL_DISCOVERY === 'on' }),
    },
  }
}
