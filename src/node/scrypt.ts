import { scrypt } from 'node:crypto'
import type { Scrypt } from '../core/partner/invitation-keys.ts'

/** Node's scrypt, in its thread pool. */
export const nodeScrypt: Scrypt = (password, salt, { N, r, p, length }) =>
  new Promise((resolve, reject) => {
    // Twice what scrypt needs at least: 128 · N · r bytes.
    scrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error === null) resolve(new Uint8Array(key))
      else reject(error)
    })
  })
