import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeConfig, readEnvironment } from './config.ts'

describe('the environment', () => {
  test('says where the data is; an empty variable says nothing', () => {
    expect(readEnvironment({}).dataFolder).toBe(join(homedir(), '.mosaic'))
    expect(readEnvironment({ MOSAIC_DATA: '' }).dataFolder).toBe(join(homedir(), '.mosaic'))
    expect(readEnvironment({ MOSAIC_DATA: '/srv/shop' }).dataFolder).toBe('/srv/shop')
  })

  test('the locale is the first of LC_ALL, LC_MESSAGES, LANG', () => {
    expect(readEnvironment({ LANG: 'de_DE.UTF-8' }).locale).toBe('de_DE.UTF-8')
    expect(readEnvironment({ LANG: 'de_DE', LC_MESSAGES: 'en_GB', LC_ALL: 'fr_FR' }).locale).toBe('fr_FR')
  })

  test('becomes settings, which the schema checks', () => {
    const { config } = readEnvironment({
      MOSAIC_LISTEN: '/ip4/0.0.0.0/tcp/4001, /ip4/0.0.0.0/tcp/4002/ws',
      MOSAIC_LOCAL_DISCOVERY: 'off',
      MOSAIC_API_PORT: '8080',
    })
    expect(nodeConfig.parse({ ...config, dataFolder: '/srv/shop' })).toMatchObject({
      listen: ['/ip4/0.0.0.0/tcp/4001', '/ip4/0.0.0.0/tcp/4002/ws'],
      localDiscovery: false,
      apiPort: 8080,
      relay: 'off',
    })
    expect(() => nodeConfig.parse({ dataFolder: '/srv/shop', listen: ['0.0.0.0:4001'] })).toThrow(
      'libp2p address',
    )
    expect(() => readEnvironment({ MOSAIC_API_PORT: '70000' })).toThrow()
  })
})
