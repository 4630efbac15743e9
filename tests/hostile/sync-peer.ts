import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameBody,
  type FrameName,
} from '../../src/core/sync/frame.ts'
import type { FramedStream } from '../../src/network/framed-stream.ts'
import type { Session } from '../../src/network/session.ts'
import { syncProtocol } from '../../src/network/sync-driver.ts'
import { until } from '../network/merchants.ts'
import type { Party } from '../network/party.ts'
import { open } from './real-node.ts'

type Wanted = FrameBody<'want'>['repos'][number]
export type Asked = Pick<Wanted, 'merchant' | 'repo'> & Partial<Wanted>

/** One side of `/mosaic/sync/1` that says what a test wants, and keeps all that it hears. */
export class SyncPeer {
  readonly stream: FramedStream
  /** As they came. */
  readonly raw: Buffer[] = []
  #nextId = 1

  private constructor(stream: FramedStream) {
    this.stream = stream
    stream.onFrame((frame) => void this.raw.push(Buffer.from(frame)))
  }

  static async open(party: Party, session: Session): Promise<SyncPeer> {
    return new SyncPeer(await open(party, session, syncProtocol))
  }

  get heard(): Frame[] {
    return this.raw.map(decodeFrame)
  }

  send<Name extends FrameName>(
    name: Name,
    body: FrameBody<Name>,
    payload?: Uint8Array,
  ): void | Promise<void> {
    return this.stream.send(encodeFrame(name, body, payload))
  }

  /** Wants repos from nothing. @returns the id of the first; the others follow */
  want(...repos: readonly Asked[]): number {
    const first = this.#nextId
    this.#nextId += repos.length
    const all = repos.map((one, index) => ({
      ...{ id: first + index, rev: 0, keyEvents: 0, needs: 'pages' as const },
      ...one,
    }))
    void this.send('want', { repos: all })
    return first
  }

  /** The first frame of a name, once it has come; about one repo if an id is given. */
  async hear<Name extends FrameName>(name: Name, id?: number): Promise<Frame & { readonly name: Name }> {
    return await until(() => {
      const found = this.heard.find(
        (frame) => frame.name === name && (id === undefined || ('id' in frame.body && frame.body.id === id)),
      )
      return found as (Frame & { readonly name: Name }) | undefined
    })
  }

  /** The bytes of all frames about one repo, with the id taken out. */
  about(id: number): string[] {
    return this.raw
      .filter((_, index) => {
        const { body } = decodeFrame(this.raw[index] as Buffer)
        return 'id' in body && body.id === id
      })
      .map((frame) => frame.toString('latin1').replace(`"id":${id}`, '"id":…'))
  }
}
